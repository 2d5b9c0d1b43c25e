// A client or a server over node:tls, for Bun (BoringSSL) and Deno (rustls): the same orders as peer.c.
import { readFileSync } from "node:fs";
import process from "node:process";
import tls from "node:tls";

const chunk = 16384;
const orders = { rounds: "1", size: "0" };
for (let i = 3; i + 1 < process.argv.length; i += 2)
  orders[process.argv[i].slice(2)] = process.argv[i + 1];
const read = (path) => (path ? readFileSync(path) : undefined);
const common = {
  ca: read(orders.ca), cert: read(orders.cert), key: read(orders.key),
  minVersion: "TLSv" + orders.tls, maxVersion: "TLSv" + orders.tls,
  ALPNProtocols: orders.alpn ? [orders.alpn] : undefined,
};

function fail(what) {
  console.error("failed: " + what);
  process.exit(1);
}

let session;

function visit(round) {
  return new Promise((resolve) => {
    const expected = Buffer.alloc(chunk);
    let sent = 0, received = 0, ended = false;
    const socket = tls.connect({ ...common, host: "127.0.0.1", port: +orders.port, servername: "localhost", session });
    const next = () => {
      for (let i = 0; i < chunk; i++)
        expected[i] = ((sent + i) * 31 + ((sent + i) >> 8)) & 255;
      sent += chunk;
      socket.write(Buffer.from(expected));
    };
    socket.on("session", (ticket) => { session = ticket; });
    socket.on("secureConnect", next);
    socket.on("data", (data) => {
      for (const byte of data) {
        if (byte !== expected[received++ % chunk])
          fail("the echo differs");
      }
      if (received < sent)
        return;
      if (sent < +orders.size)
        next();
      else
        socket.end();
    });
    socket.on("end", () => { ended = true; });
    socket.on("error", (error) => fail(error));
    socket.on("close", () => {
      if (received < +orders.size)
        fail("the echo ended early");
      console.log(`round ${round} ${socket.alpnProtocol || "-"} same${ended ? "" : ", no end"}`);
      resolve();
    });
  });
}

if (process.argv[2] === "client") {
  for (let round = 1; round <= +orders.rounds; round++)
    await visit(round);
  process.exit(0);
} else {
  const server = tls.createServer({ ...common, requestCert: !!common.ca, rejectUnauthorized: !!common.ca }, (socket) => {
    socket.on("error", (error) => console.error("failed: " + error));
    socket.on("data", (data) => socket.write(data));
    socket.on("end", () => { socket.end(); console.log("closed in order"); });
  });
  server.on("tlsClientError", (error) => console.error("failed: " + error));
  server.listen(0, "127.0.0.1", () => console.log("port " + server.address().port));
}
