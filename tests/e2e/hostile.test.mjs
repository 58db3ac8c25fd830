// Bytes that no client would send: a clear refusal, a closed connection, a living process.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import { test } from 'node:test';
import tls from 'node:tls';
import { client, request } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';

/** Sends bytes, half-closes, and resolves with all that came back before the server closed. */
function send(open, bytes) {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = open(() => socket.write(bytes));
    socket.on('data', (chunk) => (answer = Buffer.concat([answer, chunk])));
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.setTimeout(15_000, () => socket.destroy());
  });
}

async function alive(instance) {
  assert.equal((await request(instance, 'GET', '/healthz')).status, 200);
}

test('malformed MQTT closes its own connection and no other', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const [board, other] = [await enrol(instance, api, { name: 'b' }), await enrol(instance, api, { name: 'o' })];
  const healthy = await connect(instance, other);
  t.after(() => healthy.end(true));
  const open = (ready) =>
    tls.connect({ port: instance.port('mqtts'), host: 'localhost', ca: instance.anchors, cert: fs.readFileSync(board.certificate), key: fs.readFileSync(board.key) }, ready);
  const id = Buffer.from(board.id);
  const body = Buffer.concat([Buffer.from([0, 4]), Buffer.from('MQTT'), Buffer.from([4, 2, 0, 30, 0, id.length]), id]);
  const hello = Buffer.concat([Buffer.from([0x10, body.length]), body]);
  const cases = {
    'a packet before CONNECT': Buffer.from([0xc0, 0]),
    'a length of five bytes': Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x01]),
    'a second CONNECT': Buffer.concat([hello, hello]),
    'reserved type 0': Buffer.concat([hello, Buffer.from([0x00, 0])]),
    'a PUBLISH with quality of service 3': Buffer.concat([hello, Buffer.from([0x36, 5, 0, 1, 0x61, 0, 1])]),
    'a PUBLISH to a wildcard': Buffer.concat([hello, Buffer.from([0x30, 3, 0, 1, 0x23])]),
    'a topic that is not UTF-8': Buffer.concat([hello, Buffer.from([0x30, 4, 0, 2, 0xc3, 0x28])]),
    'a SUBSCRIBE without filters': Buffer.concat([hello, Buffer.from([0x82, 2, 0, 1])]),
    'what only a server sends': Buffer.concat([hello, Buffer.from([0x20, 2, 0, 0])]),
    'a packet past the limit': Buffer.concat([hello, Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f])]),
    'noise': randomBytes(4096),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    await send(open, bytes);
    assert.ok(healthy.connected, name);
  }
  await alive(instance);
  await healthy.publishAsync('still/here', 'yes', { qos: 1 });
});

test('malformed HTTP is answered with a clear error or a closed connection', async (t) => {
  const instance = await Instance.start(t);
  const open = (ready) => tls.connect({ port: instance.port('https'), host: 'localhost', ca: instance.anchors, ALPNProtocols: ['http/1.1'] }, ready);
  const host = `Host: localhost:${instance.port('https')}\r\n`;
  const cases = {
    'not HTTP': ['\x16\x03\x01 nonsense\r\n\r\n', /^$|400/],
    'both a length and chunks': [`POST /iot/v1/clients/token HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, /400|^$/],
    'two lengths': [`POST /iot/v1/clients/token HTTP/1.1\r\n${host}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd`, /400|^$/],
    'an endless header': [`GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(200_000)}\r\n\r\n`, /431|400|^$/],
    'a body past the limit': [`POST /iot/v1/clients/token HTTP/1.1\r\n${host}Content-Length: 999999999\r\n\r\n`, /413|400|^$/],
    'no host': ['GET / HTTP/1.1\r\n\r\n', /400|^$/],
    'a path out of the tree': [`GET /../../etc/passwd HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /40[04]|200/],
    'TRACE': [`TRACE / HTTP/1.1\r\n${host}Connection: close\r\n\r\n`, /40[05]|501/],
  };
  for (const [name, [bytes, expected]] of Object.entries(cases)) {
    const answer = (await send(open, bytes)).toString('latin1');
    assert.match(answer.split('\r\n')[0], expected, name);
    assert.ok(!answer.includes('root:'), name);
  }
  const json = await request(instance, 'POST', '/iot/v1/clients/token', { body: '{"grant_type":' });
  assert.equal(json.status, 400);
  await alive(instance);
});

test('plain TCP on a TLS port is closed', async (t) => {
  const instance = await Instance.start(t);
  for (const name of ['https', 'mqtts', 'mqtts_secret', 'mqtts_certificate']) {
    const answer = await send((ready) => net.connect(instance.port(name), '127.0.0.1', ready), 'GET / HTTP/1.1\r\n\r\n');
    assert.ok(!answer.toString('latin1').includes('HTTP/1.1 200'), name);
  }
  await alive(instance);
});
