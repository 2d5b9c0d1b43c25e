"""
Does a handshake with OpenSSL and goes on with plain bytes right behind its last record, in the same segment:
python3 boundary_peer.py server 1.3 chain.pem key.pem | client 1.3 root.pem port
"""

import socket
import ssl
import sys

PLAIN = b"plain from OpenSSL"
EXPECTED = b"plain from us"

role, version, *rest = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if role == "server" else ssl.PROTOCOL_TLS_CLIENT)
context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_3 if version == "1.3" else ssl.TLSVersion.TLSv1_2
if role == "server":
    # Tickets would stand between the handshake and what follows.
    context.num_tickets = 0
    context.load_cert_chain(*rest)
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    print("port", listener.getsockname()[1], flush=True)
    connection, _ = listener.accept()
else:
    context.load_verify_locations(rest[0])
    connection = socket.create_connection(("127.0.0.1", int(rest[1])))

connection.settimeout(30)
incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
tls = context.wrap_bio(incoming, outgoing, server_side=role == "server", server_hostname=None if role == "server" else "localhost")
plain = PLAIN
done = False
while not done:
    try:
        tls.do_handshake()
        done = True
    except ssl.SSLWantReadError:
        pass
    flight = outgoing.read()

    # A server of TLS 1.3 has said its last word in its first flight, the one with the certificate.
    if done or (role == "server" and version == "1.3" and len(flight) > 500):
        flight, plain = flight + plain, b""
    if flight:
        connection.sendall(flight)
    if not done:
        data = connection.recv(65536)
        if not data:
            sys.exit("ended inside the handshake")
        incoming.write(data)

received = incoming.read()
while len(received) < len(EXPECTED):
    data = connection.recv(65536)
    if not data:
        break
    received += data
print("received:", received.decode(errors="replace"), flush=True)
