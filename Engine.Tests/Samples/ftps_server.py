"""An FTP server for one client, with CCC: python3 ftps_server.py chain.pem key.pem accept|refuse|cut"""

import socket
import ssl
import sys

chain, key, ccc = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(chain, key)


def listen():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    return listener


def command(connection):
    line = b""
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            sys.exit(f"ended inside {line!r}")
        line += byte
    # unwrap() gives the same object back, without a version.
    is_tls = isinstance(connection, ssl.SSLSocket) and connection.version() is not None
    print("TLS" if is_tls else "plain", line.decode().strip(), flush=True)
    return line.split()[0]


main = listen()
print("port", main.getsockname()[1], flush=True)
plain, _ = main.accept()
plain.sendall(b"220 hello\r\n")
assert command(plain) == b"AUTH"
plain.sendall(b"234 go\r\n")
control = context.wrap_socket(plain, server_side=True)
while True:
    verb = command(control)
    if verb == b"USER":
        control.sendall(b"331 password\r\n")
    elif verb == b"PASS":
        control.sendall(b"230 in\r\n")
    elif verb == b"EPSV":
        passive = listen()
        control.sendall(b"229 there (|||%d|)\r\n" % passive.getsockname()[1])
    elif verb == b"LIST":
        control.sendall(b"150 comes\r\n")
        data = context.wrap_socket(passive.accept()[0], server_side=True)
        print("resumed" if data.session_reused else "not resumed", flush=True)
        data.sendall(b"a-file.txt\r\n")
        data.unwrap().close()
        control.sendall(b"226 done\r\n")
    elif verb == b"CCC" and ccc == "refuse":
        control.sendall(b"534 no\r\n")
    elif verb == b"CCC":
        control.sendall(b"200 in the clear\r\n")
        if ccc == "cut":
            control.shutdown(socket.SHUT_RDWR)
            sys.exit()
        control = control.unwrap()
    elif verb == b"QUIT":
        control.sendall(b"221 bye\r\n")
        break
    else:
        control.sendall(b"200 ok\r\n")
