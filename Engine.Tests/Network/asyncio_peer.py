"""The peer that CPython's asyncio is: echoes as a server, or sends and compares as a client. Says what happened in lines on stdout."""

import argparse
import asyncio
import logging
import ssl
import sys


def context(options):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if options.role == "server" else ssl.PROTOCOL_TLS_CLIENT)
    if options.tls:
        version = ssl.TLSVersion.TLSv1_3 if options.tls == "1.3" else ssl.TLSVersion.TLSv1_2
        made.minimum_version = made.maximum_version = version
    if options.cafile:
        made.load_verify_locations(options.cafile)
    if options.cert:
        made.load_cert_chain(options.cert, options.key)
    if options.alpn:
        made.set_alpn_protocols(options.alpn.split(","))
    if options.role == "server" and options.cafile:
        made.verify_mode = ssl.CERT_REQUIRED
    return made


def say(*words):
    print(*words, flush=True)


def describe(writer):
    tls = writer.get_extra_info("ssl_object")
    say("negotiated", tls.version(), tls.selected_alpn_protocol(), tls.cipher()[0])


async def serve(options):
    async def echo(reader, writer):
        describe(writer)
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()
            await writer.wait_closed()
            say("closed")
        except Exception as error:
            say("failed", repr(error))

    server = await asyncio.start_server(echo, "127.0.0.1", 0, ssl=context(options))
    say("port", server.sockets[0].getsockname()[1])
    async with server:
        # Until the test closes our stdin.
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


async def talk(options):
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", options.port, ssl=context(options), server_hostname="localhost")
        describe(writer)
        sent = bytes(range(251)) * (options.size // 251 + 1)

        async def send():
            for start in range(0, len(sent), 65536):
                writer.write(sent[start : start + 65536])
                await writer.drain()

        sending = asyncio.create_task(send())
        received = await reader.readexactly(len(sent))
        await sending
        writer.close()
        await writer.wait_closed()
        say("same" if received == sent else "different")
    except Exception as error:
        say("failed", repr(error))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("role", choices=["server", "client"])
    for name in ["--tls", "--cafile", "--cert", "--key", "--alpn"]:
        arguments.add_argument(name)
    arguments.add_argument("--port", type=int)
    arguments.add_argument("--size", type=int, default=1000)
    arguments.add_argument("--debug", action="store_true")
    options = arguments.parse_args()
    logging.basicConfig(level=logging.DEBUG if options.debug else logging.WARNING)
    asyncio.run(serve(options) if options.role == "server" else talk(options), debug=options.debug)


main()
