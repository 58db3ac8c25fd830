// Clients that nobody here wrote: mosquitto_pub and mosquitto_sub, MQTT.js with MQTT 5 and over a WebSocket.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { promisify } from 'node:util';
import mqtt from 'mqtt';
import WebSocket from 'ws';
import { accessToken, client } from './support/api.mjs';
import { connect, enrol, fromSenml, senml } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { signIn } from './support/sign_in.mjs';
import { waitFor } from './support/wait.mjs';

const run = promisify(execFile);

function mosquitto(instance, board, ...rest) {
  return [
    '-h', 'localhost', '-p', String(instance.port('mqtts_certificate')), '--cafile', instance.anchorsFile,
    '--cert', board.certificate, '--key', board.key, ...rest,
  ];
}

for (const version of ['mqttv311', 'mqttv5']) {
  test(`mosquitto_pub and mosquitto_sub exchange every quality of service (${version})`, async (t) => {
    const instance = await Instance.start(t);
    const api = await client(instance, await instance.init());
    const [one, two] = [await enrol(instance, api, { name: '1' }), await enrol(instance, api, { name: '2' })];
    const subscriber = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...mosquitto(instance, one, '-V', version, '-i', 'listener', '-t', 'garden/+/notes', '-q', '2', '-C', '3', '-v', '-d')]);
    const exited = once(subscriber, 'exit');
    let heard = '';
    subscriber.stdout.on('data', (chunk) => (heard += chunk));
    await new Promise((resolve) => subscriber.stdout.on('data', () => /Subscribed/.test(heard) && resolve()));

    for (const qos of ['0', '1', '2']) {
      await run('mosquitto_pub', mosquitto(instance, two, '-V', version, '-i', 'speaker', '-t', 'garden/north/notes', '-q', qos, '-m', `with ${qos}`));
    }
    await exited;
    for (const qos of ['0', '1', '2']) assert.match(heard, new RegExp(`garden/north/notes with ${qos}`));
  });
}

test('retained messages, wills and persistent sessions survive a restart', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'b' });
  const other = await enrol(instance, api, { name: 'o' });

  const sleeper = await connect(instance, other, { clientId: 'sleeper', clean: false });
  await sleeper.subscribeAsync('garden/#', { qos: 1 });
  await sleeper.endAsync(true);
  const speaker = await connect(instance, board, { clientId: 'speaker' });
  await speaker.publishAsync('garden/state', 'wet', { qos: 1, retain: true });
  await speaker.publishAsync('garden/once', 'while you slept', { qos: 1 });
  await speaker.endAsync(true);
  await instance.kill();
  await instance.start();

  const awake = await connect(instance, other, { clientId: 'sleeper', clean: false });
  t.after(() => awake.end(true));
  assert.equal(awake.connack.sessionPresent, true);
  await awake.next('the message', (m) => m.payload.toString() === 'while you slept');
  const late = await connect(instance, other, { clientId: 'late' });
  t.after(() => late.end(true));
  await late.subscribeAsync('garden/state');
  const kept = await late.next('the retained message', (m) => m.topic === 'garden/state');
  assert.equal(kept.payload.toString(), 'wet');
  assert.equal(kept.packet.retain, true);

  await late.subscribeAsync('garden/will');
  const dying = await connect(instance, board, { clientId: 'dying', will: { topic: 'garden/will', payload: 'gone', qos: 1 } });
  dying.stream.destroy();
  await late.next('the will', (m) => m.payload.toString() === 'gone');
});

test('a user sees a board over WebSocket, twice at once, and no longer once the key is revoked', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: board.id });
  await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'p', type: 'FLOAT', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE' });
  const token = await accessToken(instance, key);
  const user = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())['http://arduino.cc/id'];
  const open = async () => {
    const session = mqtt.connect(`wss://localhost:${instance.port('https')}/mqtt`, {
      ca: instance.anchors, username: user, password: token, clientId: user, protocolVersion: 4, reconnectPeriod: 0,
    });
    t.after(() => session.end(true));
    await once(session, 'connect');
    return session;
  };
  const tabs = [await open(), await open()];
  const heard = tabs.map((tab) => once(tab, 'message').then(([, payload]) => fromSenml(payload)));
  for (const tab of tabs) await tab.subscribeAsync(`/a/t/${thing.id}/e/o`);
  const device = await connect(instance, board);
  t.after(() => device.end(true));
  await device.subscribeAsync(`/a/t/${thing.id}/e/i`);
  await device.publishAsync(`/a/t/${thing.id}/e/o`, senml({ p: 1.5 }), { qos: 1 });
  assert.deepEqual(await Promise.all(heard), [{ p: 1.5 }, { p: 1.5 }]);

  await tabs[0].publishAsync(`/a/t/${thing.id}/e/i`, senml({ p: 2.5 }), { qos: 1 });
  await device.next('the write of a user', (m) => fromSenml(m.payload).p === 2.5);

  const closed = tabs.map((tab) => once(tab, 'close'));
  const begun = performance.now();
  await api('DELETE', `/api/v1/api-keys/${key.client_id}`);
  await Promise.all(closed);
  assert.ok(performance.now() - begun < 1000, 'revoking a key ends its MQTT sessions within a second');
  await assert.rejects(api('GET', '/iot/v2/things'), /401/);
});

test('an API key that is limited to networks is good over MQTT from these', async (t) => {
  const instance = await Instance.start(t);
  const inSession = await signIn(instance, (await instance.init()).setup_token);
  const made = await inSession('POST', '/api/v1/api-keys', { name: 'here', scopes: ['things:read'], networks: ['127.0.0.0/8', '::1/128'] });
  assert.equal(made.status, 201, made.text);
  const token = await accessToken(instance, made.json);
  const user = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())['http://arduino.cc/id'];
  const urls = [`mqtts://localhost:${instance.port('mqtts')}`, `mqtts://localhost:${instance.port('mqtts_secret')}`, `wss://localhost:${instance.port('https')}/mqtt`];
  for (const url of urls) {
    const session = mqtt.connect(url, { ca: instance.anchors, username: user, password: token, clientId: 'program', protocolVersion: 4, reconnectPeriod: 0 });
    t.after(() => session.end(true));
    const [came] = await Promise.race([once(session, 'connect'), once(session, 'close').then(() => [])]);
    assert.ok(came, url);
  }

  const elsewhere = await inSession('POST', '/api/v1/api-keys', { name: 'elsewhere', scopes: ['things:read'], networks: ['192.0.2.0/24'] });
  assert.equal(elsewhere.status, 201, elsewhere.text);
  await assert.rejects(accessToken(instance, elsewhere.json), /no token/);
});

test('a program watches what changes, its own organisation alone, until its key is revoked', async (t) => {
  const instance = await Instance.start(t);
  const [key, foreign] = [await instance.init(), await instance.init({ organisation: 'Elsewhere', email: 'them@example.org' })];
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: board.id });
  await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'p', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE' });
  const watch = async (who) => {
    const socket = new WebSocket(`wss://localhost:${instance.port('https')}/api/v1/live`, {
      ca: instance.anchors, headers: { authorization: `Bearer ${await accessToken(instance, who)}` },
    });
    socket.told = [];
    socket.on('message', (text) => socket.told.push(JSON.parse(text)));
    t.after(() => socket.terminate());
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'watch', things: 'all' }));
    return socket;
  };
  const [ours, theirs] = [await watch(key), await watch(foreign)];
  const device = await connect(instance, board);
  t.after(() => device.end(true));
  let count = 0;
  const isTold = (type) => ours.told.some((message) => message.type === type);
  await waitFor('a value to be told, and that the board came, in either order', async () => {
    await device.publishAsync(`/a/t/${thing.id}/e/o`, senml({ p: ++count }), { qos: 1 });
    return isTold('values') && isTold('device');
  });
  assert.deepEqual(theirs.told, []);

  const closed = once(ours, 'close');
  const begun = performance.now();
  await api('DELETE', `/api/v1/api-keys/${key.client_id}`);
  await closed;
  assert.ok(performance.now() - begun < 1000, 'revoking a key ends its WebSockets within a second');
  assert.equal(theirs.readyState, WebSocket.OPEN);
});
