// The real HAProxy before an instance. It calls the instance from an address of its own, so that the instance can tell its calls
// from those of the test.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';

export const proxyAddress = '127.0.0.9';

/** A listening socket on a free port, for another process. */
async function reserve() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/**
 * Starts one with a front for each of `fronts`: {name: {mode, to, bind, server, extra}}. `to` is the port that it passes on to, `bind`
 * and `server` the options of these two lines, `extra` more lines. Resolves to {name: port} once it takes callers.
 */
export async function startProxy(t, directory, fronts) {
  const sockets = Object.fromEntries(await Promise.all(Object.keys(fronts).map(async (name) => [name, await reserve()])));
  const lines = ['global', 'defaults', '  timeout connect 5s', '  timeout client 60s', '  timeout server 60s', '  timeout tunnel 60s'];
  for (const [i, [name, { mode, to, bind = '', server = '', extra = [] }]] of Object.entries(fronts).entries()) {
    lines.push(`listen ${name}`, `  mode ${mode}`, `  bind fd@${3 + i} ${bind}`, ...extra.map((line) => `  ${line}`),
      `  server fastness 127.0.0.1:${to} source ${proxyAddress} ${server}`);
  }
  const file = path.join(directory, 'haproxy.cfg');
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  const descriptors = Object.values(sockets).map((socket) => socket._handle.fd);
  const child = spawn('/usr/sbin/haproxy', ['-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe', ...descriptors] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`haproxy ended: ${said}`)));
  ended.catch(() => {});
  t.after(async () => {
    const exit = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGTERM');
    await exit;
  });
  // The sockets listen already: who calls before it is ready waits in the kernel.
  await Promise.race([once(child, 'spawn'), ended]);
  const ports = Object.fromEntries(Object.entries(sockets).map(([name, socket]) => [name, socket.address().port]));
  for (const socket of Object.values(sockets)) socket.close();
  return ports;
}
