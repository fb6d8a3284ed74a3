// What a JavaScript programmer would write: Node's net, a timer for each reader.
//
//     node node_server.mjs POEM_BYTES CHUNK_BYTES DELAY_US PORTS
//
// Prints its ports, one per line.

import net from 'node:net';

const [poemBytes, chunkBytes, delayUs, portCount] = process.argv.slice(2).map(Number);
const poem = Buffer.alloc(poemBytes, 'p');
const chunk = delayUs ? chunkBytes : 65536;

const recite = (socket) => {
  let sent = 0;
  const next = () => {
    if (sent >= poem.length)
      return socket.end();
    socket.write(poem.subarray(sent, sent += chunk));
    setTimeout(next, delayUs / 1e3);
  };
  socket.setNoDelay();
  socket.on('error', () => { sent = poem.length; });
  socket.resume();
  next();
};

for (let i = 0; i < portCount; ++i) {
  const server = net.createServer(recite);
  server.listen(0, '127.0.0.1', 4096, () => console.log(server.address().port));
}
