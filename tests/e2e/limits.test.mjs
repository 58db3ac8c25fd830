// Settings whose effect only a whole instance shows: each limit itself has a test beside its code.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { request } from './support/api.mjs';
import { Instance } from './support/instance.mjs';

/** A WebSocket by hand, up to its first answered frame. */
async function openMqttSocket(instance) {
  const socket = tls.connect({ host: 'localhost', port: instance.port('https'), ca: instance.anchors, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  socket.write(
    `GET /mqtt HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n` +
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n`,
  );
  let head = '';
  while (!head.endsWith('\r\n\r\n')) head += (await once(socket, 'data'))[0].toString('latin1');
  assert.match(head, /^HTTP\/1\.1 101 /);
  return socket;
}

/** One masked frame; a mask of zeros leaves the bytes as they are. */
function frame(opcode, payload) {
  const head = Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255, 0, 0, 0, 0]);
  return Buffer.concat([head, payload]);
}

/** The beginning of an MQTT packet that is longer than what comes of it. */
function unfinishedPacket(size) {
  const bytes = Buffer.alloc(size);
  bytes.set([0x10, 0xff, 0x7f]);
  return bytes;
}

test('a message on a WebSocket of MQTT is held to its limit', async (t) => {
  const instance = await Instance.start(t, { settings: { 'limits.websocket_message_bytes': '1024' } });

  const within = await openMqttSocket(instance);
  within.write(frame(2, unfinishedPacket(1024)));
  within.write(Buffer.from([0x89, 0x80, 0, 0, 0, 0])); // a ping, answered only if all is well
  const [pong] = await once(within, 'data');
  assert.equal(pong[0], 0x8a);
  within.destroy();

  const past = await openMqttSocket(instance);
  past.write(frame(2, unfinishedPacket(1025)));
  const [close] = await once(past, 'data');
  assert.equal(close[0], 0x88);
  assert.equal(close.readUInt16BE(2), 1009);
  past.destroy();
});

test('the metrics ask for their token', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-token-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'token');
  const token = randomBytes(32).toString('hex');
  fs.writeFileSync(file, `${token}\n`, { mode: 0o600 });
  const instance = await Instance.start(t, { settings: { 'metrics.token_file': file } });

  const refused = await request(instance, 'GET', '/metrics');
  assert.equal(refused.status, 401);
  assert.match(refused.text, /metrics\.token_file/);
  assert.equal((await request(instance, 'GET', '/metrics', { token: 'x'.repeat(64) })).status, 401);
  const shown = await request(instance, 'GET', '/metrics', { token });
  assert.equal(shown.status, 200);
  assert.match(shown.text, /^fastness_/m);
  assert.ok(!instance.log.includes(token));

  fs.writeFileSync(file, 'short\n');
  await instance.stop();
  await assert.rejects(instance.start(), /openssl rand -hex 32/);
});
