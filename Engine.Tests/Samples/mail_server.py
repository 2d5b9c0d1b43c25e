"""A mail server over CPython's ssl, for SMTP (RFC 5321, 3207) or POP3 (RFC 1939, 2595): mail_server.py chain.pem key.pem smtp|pop3 tls|starttls port"""

import asyncio
import ssl
import sys

chain, key, protocol, begin, port = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)
MAIL = "Subject: news\r\n\r\nhello\r\n"


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def say(self, text):
        self.writer.write((text + "\r\n").encode())

    async def hear(self):
        line = (await self.reader.readline()).decode()
        if not line:
            raise ConnectionError
        return line.rstrip("\r\n")

    def is_secure(self):
        return self.writer.get_extra_info("ssl_object") is not None

    async def smtp(self):
        self.say("220 here ESMTP")
        text = []
        while True:
            line = await self.hear()
            verb = line.split(" ")[0].upper()
            if verb == "EHLO":
                self.say("250-here")
                self.say("250 SIZE 1000000" if self.is_secure() else "250 STARTTLS")
            elif verb == "STARTTLS" and not self.is_secure():
                self.say("220 go")
                await self.writer.start_tls(context)
            elif not self.is_secure():
                self.say("530 STARTTLS first")
            elif verb == "DATA":
                self.say("354 go on")
                while (line := await self.hear()) != ".":
                    text.append(line)
                print("mail", len("\n".join(text)), flush=True)
                self.say("250 taken")
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    async def pop3(self):
        self.say("+OK here")
        while True:
            line = await self.hear()
            verb = line.split(" ")[0].upper()
            if verb == "STLS" and not self.is_secure():
                self.say("+OK go")
                await self.writer.start_tls(context)
            elif verb == "CAPA":
                self.say("+OK\r\nUSER\r\nUIDL\r\n.")
            elif verb == "UIDL":
                self.say("+OK 1 first" if " " in line else "+OK\r\n1 first\r\n.")
            elif verb == "QUIT":
                self.say("+OK bye")
                return
            elif not self.is_secure():
                self.say("-ERR STLS first")
            elif verb == "STAT":
                self.say(f"+OK 1 {len(MAIL)}")
            elif verb == "RETR":
                self.say(f"+OK\r\n{MAIL}.")
            else:
                self.say("+OK")


async def serve(reader, writer):
    client = Client(reader, writer)
    try:
        await getattr(client, protocol)()
        await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", int(port), ssl=context if begin == "tls" else None)
    await server.serve_forever()


asyncio.run(main())
