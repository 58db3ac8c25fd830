// Behind the real HAProxy, of both kinds: what it says of its callers counts, and nobody else's word for it.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { client } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { proxyAddress, startProxy } from './support/haproxy.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { signIn } from './support/sign_in.mjs';
import { waitFor } from './support/wait.mjs';

const here = '127.0.0.2';
const elsewhere = '127.0.0.3';

/** Asks for a token of `key` on that port, from one of this machine's addresses: {status, token}. */
function tokenFrom(port, ca, localAddress, key, headers = {}) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials', client_id: key.client_id, client_secret: key.client_secret, audience: 'https://api2.arduino.cc/iot',
  }).toString();
  return new Promise((resolve, reject) => {
    const outgoing = https.request({
      host: '127.0.0.1', port, path: '/iot/v1/clients/token', method: 'POST', ca, servername: 'localhost', agent: false, localAddress,
      headers: { host: `localhost:${port}`, 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body), ...headers },
    }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, token: answer.statusCode === 200 ? JSON.parse(text).access_token : undefined }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A key that is good from `here` alone. */
async function makeKey(instance) {
  const inSession = await signIn(instance, (await instance.init()).setup_token);
  const made = await inSession('POST', '/api/v1/api-keys', { name: 'here', scopes: ['things:read'], networks: [`${here}/32`] });
  assert.equal(made.status, 201, made.text);
  return made.json;
}

/** Whether a program with that token gets in over a WebSocket. */
function comesIn(port, ca, localAddress, token) {
  const username = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())['http://arduino.cc/id'];
  const session = mqtt.connect(`wss://127.0.0.1:${port}/mqtt`, {
    username, password: token, clientId: 'program', protocolVersion: 5, reconnectPeriod: 0,
    wsOptions: { ca, servername: 'localhost', localAddress, headers: { host: `localhost:${port}` } },
  });
  session.on('error', () => {});
  return new Promise((resolve) => {
    session.once('connect', () => resolve(true));
    session.once('close', () => resolve(false));
  }).finally(() => session.end(true));
}

test('a reverse proxy that is named says where requests come from, and its callers do not', async (t) => {
  const certificate = makeCertificate(t);
  const instance = await Instance.start(t, { settings: { 'proxies.forwarded_for': `["${proxyAddress}"]` } });
  const key = await makeKey(instance);
  const both = path.join(certificate.directory, 'both.pem');
  fs.writeFileSync(both, Buffer.concat([certificate.cert, certificate.key]), { mode: 0o600 });
  const { web } = await startProxy(t, certificate.directory, {
    web: {
      mode: 'http', to: instance.port('https'), bind: `ssl crt ${both}`, extra: ['option forwardfor'],
      server: `ssl verify required verifyhost localhost ca-file ${instance.anchorsFile}`,
    },
  });
  const lie = { 'x-forwarded-for': here };

  const { status, token } = await tokenFrom(web, certificate.cert, here, key);
  assert.equal(status, 200);
  for (const [address, headers] of [[elsewhere, {}], [elsewhere, lie], [elsewhere, { ...lie, forwarded: `for=${here}`, 'x-real-ip': here }]]) {
    assert.equal((await tokenFrom(web, certificate.cert, address, key, headers)).status, 401, JSON.stringify(headers));
  }
  assert.equal((await tokenFrom(instance.port('https'), instance.anchors, elsewhere, key, lie)).status, 401, 'who is no proxy is not believed');
  assert.equal((await tokenFrom(instance.port('https'), instance.anchors, proxyAddress, key, { 'x-forwarded-for': 'unknown' })).status, 400);

  assert.ok(await comesIn(web, certificate.cert, here, token), 'over a WebSocket, too');
  assert.ok(!(await comesIn(web, certificate.cert, elsewhere, token)));
});

test('a load balancer that is named passes connections on with their addresses, and TLS stays between the two ends', async (t) => {
  const instance = await Instance.start(t, { settings: { 'proxies.proxy_protocol': `["${proxyAddress}"]` } });
  const key = await makeKey(instance);
  const api = await client(instance, await instance.init({ organisation: 'Barn', email: 'barn@example.org' }));
  const board = await enrol(instance, api, { name: 'b' });
  const ports = await startProxy(t, instance.directory, {
    web1: { mode: 'tcp', to: instance.port('https'), server: 'send-proxy' },
    web2: { mode: 'tcp', to: instance.port('https'), server: 'send-proxy-v2' },
    silent: { mode: 'tcp', to: instance.port('https') },
    mqtt1: { mode: 'tcp', to: instance.port('mqtts_certificate'), server: 'send-proxy' },
    mqtt2: { mode: 'tcp', to: instance.port('mqtts'), server: 'send-proxy-v2' },
    silentMqtt: { mode: 'tcp', to: instance.port('mqtts') },
  });
  const by = (port, localAddress) => connect(instance, board, { host: '127.0.0.1', servername: 'localhost', port, localAddress });

  for (const port of [ports.web1, ports.web2]) {
    assert.equal((await tokenFrom(port, instance.anchors, here, key)).status, 200);
    assert.equal((await tokenFrom(port, instance.anchors, elsewhere, key, { 'x-forwarded-for': here })).status, 401);
  }
  for (const [port, address] of [[ports.mqtt1, here], [ports.mqtt2, elsewhere]]) {
    const session = await by(port, address);
    await waitFor(`the device, at ${address}`, async () => (await api('GET', `/api/v1/devices/${board.id}`)).remote?.startsWith(`${address}:`));
    await session.endAsync(true);
  }
  await assert.rejects(tokenFrom(ports.silent, instance.anchors, here, key), 'a connection of the proxy that says nothing is nobody\'s');
  await assert.rejects(by(ports.silentMqtt, here));
  (await by(instance.port('mqtts'), '127.0.0.1')).end(true);
});
