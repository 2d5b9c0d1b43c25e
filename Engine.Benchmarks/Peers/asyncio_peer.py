"""CPython's asyncio as a contender: TLS 1.3 over loopback TCP, both ends in this process.

Reads commands from standard input ("bulk N": N messages of 16 KB one way; "handshake N": N full handshakes with the chain
verified, one byte each way) and answers each with the CPU seconds that it took.
"""

import asyncio
import ssl
import sys
import time

MESSAGE = bytes(16384)


def contexts(chain, key, root):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(chain, key)
    server.num_tickets = 0
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(root)
    for context in (server, client):
        context.minimum_version = ssl.TLSVersion.TLSv1_3
    return server, client


class Server(asyncio.Protocol):
    expected = 0
    arrived = None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if Server.arrived is None:
            self.transport.write(data)
            return
        Server.expected -= len(data)
        if Server.expected == 0:
            Server.arrived.set_result(None)


class Client(asyncio.Protocol):
    def __init__(self):
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.answered = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if not self.answered.done():
            self.answered.set_result(data)

    def pause_writing(self):
        self.may_write.clear()

    def resume_writing(self):
        self.may_write.set()


async def main():
    loop = asyncio.get_running_loop()
    server_context, client_context = contexts(*sys.argv[1:4])
    server = await loop.create_server(Server, "127.0.0.1", 0, ssl=server_context)
    port = server.sockets[0].getsockname()[1]

    async def connect():
        return await loop.create_connection(Client, "127.0.0.1", port, ssl=client_context, server_hostname="localhost")

    async def handshake():
        transport, client = await connect()
        transport.write(b"x")
        await client.answered
        transport.abort()

    async def bulk(count):
        Server.arrived, Server.expected = loop.create_future(), count * len(MESSAGE)
        for _ in range(count):
            await bulk_client.may_write.wait()
            bulk_transport.write(MESSAGE)
        await Server.arrived
        Server.arrived = None

    bulk_transport, bulk_client = await connect()
    print("ready", bulk_transport.get_extra_info("cipher")[0], sys.version.split()[0], flush=True)
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        command, count = line.split()
        started = time.process_time()
        if command == "bulk":
            await bulk(int(count))
        else:
            for _ in range(int(count)):
                await handshake()
        print(time.process_time() - started, flush=True)


asyncio.run(main())
