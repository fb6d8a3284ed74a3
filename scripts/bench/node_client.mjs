// What a JavaScript programmer would write: Node's net, a listener for each event.
//
//     node node_client.mjs DOWNLOADS PORT...

import net from 'node:net';

const [count, ...ports] = process.argv.slice(2).map(Number);
const began = performance.now();
let ok = 0, failed = 0, bytes = 0;

const ended = (error) => {
  error ? ++failed : ++ok;
  if (ok + failed === count)
    console.log(JSON.stringify({ ok, failed, bytes, wall_s: (performance.now() - began) / 1e3 }));
};

for (let i = 0; i < count; ++i) {
  const socket = net.connect(ports[i % ports.length], '127.0.0.1');
  let failure = null;
  socket.on('data', (chunk) => { bytes += chunk.length; });
  socket.on('error', (error) => { failure = error; });
  socket.on('close', () => ended(failure));
}
