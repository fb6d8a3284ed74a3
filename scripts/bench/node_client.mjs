// What a JavaScript programmer would write: Node's net, a listener for each event.
//
//     node node_client.mjs HOST:PORT...

import net from 'node:net';

const servers = process.argv.slice(2).map((server) => server.match(/^(.*):(\d+)$/));
const began = performance.now();
let ok = 0, failed = 0, bytes = 0;

const ended = (error) => {
  error ? ++failed : ++ok;
  if (ok + failed < servers.length) return;
  console.log(JSON.stringify({ ok, failed, bytes, wall_s: (performance.now() - began) / 1e3 }));
  process.exitCode = failed > 0 ? 1 : 0;
};

for (const [, host, port] of servers) {
  const socket = net.connect(Number(port), host);
  let failure = null;
  socket.on('data', (chunk) => { bytes += chunk.length; });
  socket.on('error', (error) => { failure = error; });
  socket.on('close', () => ended(failure));
}
