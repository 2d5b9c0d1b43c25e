// The other side of NodeTests: Node's tls with half-open connections. Its own end comes after ours, or before our answer.
'use strict';
const fs = require('fs');
const tls = require('tls');

const [role, ...rest] = process.argv.slice(2);

if (role === 'server') {
  // Hears the question to its end, and only then answers.
  const [cert, key] = rest;
  const server = tls.createServer({ cert: fs.readFileSync(cert), key: fs.readFileSync(key), allowHalfOpen: true }, (socket) => {
    let question = '';
    socket.on('data', (data) => { question += data; });
    socket.on('end', () => {
      console.log(`heard ${question}`);
      socket.end(`answer to ${question}`);
    });
    socket.on('close', (failed) => { console.log(`closed ${failed ? 'with an error' : 'in order'}`); server.close(); });
  });
  server.listen(0, '127.0.0.1', () => console.log(`listening ${server.address().port}`));
} else {
  // Ends its direction with the question, and hears the answer to its end.
  const [port, ca] = rest;
  const options = { host: '127.0.0.1', port: Number(port), servername: 'localhost', ca: fs.readFileSync(ca), allowHalfOpen: true };
  const socket = tls.connect(options, () => socket.end('the question'));
  let answer = '';
  socket.on('data', (data) => { answer += data; });
  socket.on('end', () => console.log(`heard ${answer}`));
  socket.on('close', (failed) => console.log(`closed ${failed ? 'with an error' : 'in order'}`));
}
