// Renewing a certificate over MQTT, in the middle of an emergency: once with other people's tools,
// which read docs/identity.md and nothing else, and once with a fleet that uses the device library.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, keyAndRequest } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

const topic = (board, word) => `$iot/${board.id}/pki/${word}`;

/** The DER of a request for the board's key, by OpenSSL. */
function requestOf(board) {
  return execFileSync('openssl', ['req', '-new', '-sha256', '-key', board.key, '-subj', `/CN=${board.id}`, '-outform', 'DER'], { stdio: 'pipe' });
}

/** Says a request on `csr`, in pieces, signed for `offer`. */
async function ask(session, board, offer, request, key = fs.readFileSync(board.key)) {
  const digest = crypto.createHash('sha256').update(request).digest('hex');
  const text = `fastness renewal 1\n${offer.nonce}\n${board.id}\n${offer.gen}\n${digest}\n`;
  const sig = crypto.sign('sha256', Buffer.from(text), key).toString('base64url');
  const of = Math.ceil(request.length / 192);
  for (let i = 0; i < of; ++i) {
    const csr = request.subarray(i * 192, (i + 1) * 192).toString('base64url');
    await session.publishAsync(topic(board, 'csr'), JSON.stringify({ nonce: offer.nonce, i, of, csr, ...(i + 1 === of && { sig }) }), { qos: 1 });
  }
}

const heard = (session, word) => session.inbox.filter((each) => each.topic.endsWith(`/pki/${word}`)).map((each) => JSON.parse(each.payload));

async function emergency(person, instance) {
  const done = await person.run(['ca', 'rotate', '--emergency', '--cut-off', '30', '--reason', 'the key was stolen', '--yes', '--data-dir', instance.directory]);
  assert.equal(done.status, 0, done.stderr);
}

async function status(person, instance) {
  return JSON.parse(await person.ok('ca', 'status', '--json', '--data-dir', instance.directory));
}

test('a board renews over MQTT in an emergency, without losing its connection', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const person = new Person(t);
  const board = await enrol(instance, api, { name: 'orchard' });
  const neighbour = await enrol(instance, api, { name: 'neighbour' });
  const session = await connect(instance, board);
  let closed = 0;
  session.on('close', () => ++closed);
  await session.subscribeAsync([topic(board, 'renew'), topic(board, 'cert')], { qos: 1 });
  assert.deepEqual(heard(session, 'renew'), [], 'nothing is due');

  await emergency(person, instance);
  const offer = await waitFor('the offer', () => heard(session, 'renew')[0]);
  assert.equal(offer.why, 'rotation');
  assert.ok(offer.win[0] * 1000 <= Date.now() + 1000 && offer.win[0] < offer.win[1], 'the window is open');

  const { privateKey } = crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const request = requestOf(board);
  await ask(session, board, offer, request, privateKey);
  assert.equal((await waitFor('the refusal', () => heard(session, 'cert')[0])).refused, 'bad_proof');
  session.inbox.length = 0;
  await ask(session, board, offer, request);
  const pieces = await waitFor('the certificate', () => {
    const came = heard(session, 'cert');
    return came.length > 0 && came.length === came[0].of && came;
  });
  for (const piece of pieces) assert.deepEqual([piece.nonce, piece.id, piece.gen], [offer.nonce, board.id, offer.gen]);
  const der = Buffer.concat(pieces.map((piece) => Buffer.from(piece.cert, 'base64url')));
  const fresh = new crypto.X509Certificate(der);
  assert.ok(fresh.subject.includes(board.id));
  assert.ok(fresh.checkPrivateKey(crypto.createPrivateKey(fs.readFileSync(board.key))));
  await session.publishAsync(topic(board, 'ack'), JSON.stringify({ nonce: offer.nonce, stored: true }), { qos: 1 });
  assert.equal(closed, 0, 'the old certificate is good until the new one was used, and after that too');

  const certificate = path.join(instance.directory, 'fresh.pem');
  fs.writeFileSync(certificate, fresh.toString());
  (await connect(instance, { ...board, certificate })).end(true);
  const { generations } = await status(person, instance);
  assert.deepEqual(generations.map((each) => each.devices), [1, 1]);

  // Neither its neighbour nor anybody else reads or writes there.
  const other = await connect(instance, neighbour, { protocolVersion: 5 });
  for (const word of ['csr', 'ack', 'nack', 'renew', 'cert']) {
    await assert.rejects(other.publishAsync(topic(board, word), '{}', { qos: 1 }), word);
    const refused = await other.subscribeAsync(topic(board, word)).then((granted) => granted[0]?.qos >= 128, () => true);
    assert.ok(refused, word);
  }
  other.end(true);
  session.end(true);
});

/** What mosquitto says, and its exit status. */
function mosquitto(instance, program, board, ...rest) {
  const common = ['-V', 'mqttv5', '-h', 'localhost', '-p', String(instance.port('mqtts')), '--cafile', instance.anchorsFile,
    '--cert', board.certificate, '--key', board.key, '-i', board.id, '-d'];
  const done = spawnSync(program, [...common, ...rest], { encoding: 'utf8', timeout: 30_000 });
  return { status: done.status, text: done.stdout + done.stderr };
}

test('a device that an emergency cut off while it was away comes back over MQTT alone', async (t) => {
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const instance = await Instance.start(t, { directory: thief.directory });
  const api = await client(instance, await instance.init());
  const person = new Person(t);
  const device = async (name) => {
    const { id } = await api('POST', '/api/v1/devices', { name, type: 'generic_device_secretkey' });
    const { key, csr } = keyAndRequest(instance.directory, id);
    const issued = await api('POST', `/api/v1/devices/${id}/enrol`, { csr_pem: csr, profile: 'standard' });
    const certificate = path.join(instance.directory, `${id}.pem`);
    fs.writeFileSync(certificate, issued.certificate_pem);
    return { id, key, certificate };
  };
  const [board, neighbour, paused] = [await device('orchard'), await device('neighbour'), await device('paused')];
  await emergency(person, instance);
  await api('POST', `/api/v1/devices/${paused.id}/suspend`, {});
  await assert.rejects(connect(instance, board), 'as ever, it is let in nowhere');

  // Other people's clients, asking for a renewal and trying more.
  const to = (word, whose = board) => topic(whose, word);
  const say = (what, ...more) => mosquitto(instance, 'mosquitto_pub', board, '-u', 'renew', '-q', '1', '-t', what, '-m', '{}', ...more);
  assert.match(say(to('nack')).text, /received PUBACK[^]*RC:0/, 'its own topic');
  for (const refused of ['garden/state', `/a/d/${board.id}/c/up`, to('renew'), to('csr', neighbour), '$SYS/x']) {
    assert.match(say(refused).text, /received PUBACK[^]*RC:135|Not authori[sz]ed/i, refused);
  }
  const hear = (filter) => mosquitto(instance, 'mosquitto_sub', board, '-u', 'renew', '-t', filter, '-W', '1');
  assert.match(hear(to('cert')).text, /Subscribed \(mid: 1\): 0/);
  for (const filter of ['#', '$iot/#', to('+'), to('cert', neighbour), '$SYS/#']) assert.match(hear(filter).text, /Subscribed \(mid: 1\): 1(28|35)|denied/, filter);
  const willed = mosquitto(instance, 'mosquitto_sub', board, '-u', 'renew', '-t', to('cert'), '--will-topic', 'garden/will', '--will-payload', 'x', '-W', '1');
  assert.match(willed.text, /not authori[sz]ed/i);
  const forged = forge(thief, board, 'forged');
  for (const [who, why] of [[paused, 'suspended'], [forged, 'forged'], [{ ...board, id: neighbour.id }, 'by the name of another']]) {
    assert.doesNotMatch(mosquitto(instance, 'mosquitto_sub', who, '-u', 'renew', '-t', to('cert', who), '-W', '1').text, /Subscribed/, why);
  }
  await waitFor('the alarm', () => /level=error .*forged_certificate .*generation=1/.test(instance.log), { seconds: 5 });

  const session = await connect(instance, board, { username: 'renew', clean: false });
  assert.equal(session.connack.sessionPresent, false);
  const closed = once(session, 'close');
  await session.subscribeAsync([topic(board, 'renew'), topic(board, 'cert')]);
  const offer = await waitFor('the offer', () => heard(session, 'renew')[0]);
  assert.equal(offer.why, 'rotation');
  assert.ok(offer.win[1] - offer.win[0] <= 10, 'at once');
  await ask(session, board, offer, requestOf(board));
  const pieces = await waitFor('the certificate', () => {
    const came = heard(session, 'cert');
    return came.length > 0 && came.length === came[0].of && came;
  });
  const certificate = path.join(instance.directory, 'back.pem');
  fs.writeFileSync(certificate, new crypto.X509Certificate(Buffer.concat(pieces.map((piece) => Buffer.from(piece.cert, 'base64url')))).toString());
  await session.publishAsync(topic(board, 'ack'), JSON.stringify({ nonce: offer.nonce, stored: true }), { qos: 0 });
  await closed;

  (await connect(instance, { ...board, certificate })).end(true);
  await assert.rejects(connect(instance, board), 'the old one lets it in nowhere');
});

test('fastness device renew --by-mqtt brings back a device that is let in nowhere', async (t) => {
  const instance = await Instance.start(t);
  const person = new Person(t);
  await person.logIn(instance, await instance.init());
  const { id } = await person.json('device', 'create', 'orchard');
  const folder = person.file('orchard');
  await person.ok('device', 'enrol', 'orchard', '--out', folder);
  const board = { id, key: path.join(folder, 'device.key'), certificate: path.join(folder, 'device.crt') };
  const first = fs.readFileSync(board.certificate, 'utf8');
  const renew = (...more) => person.run(['device', 'renew', folder, '--server', instance.url, '--mqtt', `localhost:${instance.port('mqtts')}`, '--by-mqtt', ...more]);

  const early = await renew();
  assert.equal(early.status, 0, early.stderr);
  assert.match(early.stdout, /^not due/);
  assert.equal((await renew('--new-key')).status, 2, 'that is for EST');

  await emergency(person, instance);
  await assert.rejects(connect(instance, board));
  const done = await renew('--now');
  assert.equal(done.status, 0, done.stderr);
  assert.notEqual(fs.readFileSync(board.certificate, 'utf8'), first);
  (await connect(instance, board)).end(true);

  const api = await client(instance, await instance.init({ organisation: 'Elsewhere', email: 'them@example.org' }));
  const foreign = await enrol(instance, api, { name: 'foreign' });
  fs.writeFileSync(board.certificate, fs.readFileSync(foreign.certificate));
  assert.notEqual((await renew('--now')).status, 0, 'a certificate of another key');
});

test('simulated devices that an emergency cuts off renew over MQTT and come back', async (t) => {
  const instance = await Instance.start(t);
  const person = new Person(t);
  await person.logIn(instance, await instance.init());
  const fleet = person.start(['simulate', '5', '--profile', 'standard', '--interval-ms', '500', '--mqtt', `localhost:${instance.port('mqtts_certificate')}`, '-o', 'json']);
  await waitFor('all devices', () => fleet.err.includes('5 of 5 connected'), { seconds: 60 });
  await emergency(person, instance);
  await waitFor('devices of the new generation', async () => (await status(person, instance)).generations.at(-1).devices === 5, { seconds: 60 });
  await waitFor('them to be connected again', () => fleet.err.trimEnd().split(/[\r\n]/).at(-1).includes('5 of 5 connected'), { seconds: 60 });
  fleet.kill('SIGINT');
  assert.equal(await fleet.ended, 0, fleet.out + fleet.err);
  const told = JSON.parse(fleet.out);
  assert.ok(told.renewed >= 5, fleet.out);
});

test('simulated boards renew by themselves in an emergency, and lose nothing', async (t) => {
  const instance = await Instance.start(t);
  const person = new Person(t);
  await person.logIn(instance, await instance.init());
  const mqtt = `localhost:${instance.port('mqtts_certificate')}`;
  // Each waits for its moment in ten minutes; the first of so many comes soon.
  const boards = 60;
  const fleet = person.start(['simulate', String(boards), '--profile', 'board', '--interval-ms', '500', '--mqtt', mqtt, '-o', 'json']);
  await waitFor('all boards', () => fleet.err.includes(`${boards} of ${boards} connected`), { seconds: 60 });

  await emergency(person, instance);
  await waitFor('boards of the new generation', async () => {
    const { generations } = await status(person, instance);
    return generations.at(-1).devices > 0;
  }, { seconds: 120 });
  await waitFor('it to be connected again', () => fleet.err.trimEnd().split(/[\r\n]/).at(-1).includes(`${boards} of ${boards} connected`), { seconds: 30 });
  fleet.kill('SIGINT');

  assert.equal(await fleet.ended, 0, fleet.out + fleet.err);
  const told = JSON.parse(fleet.out);
  assert.ok(told.renewed > 0, fleet.out);
  assert.equal(told.lost, 0, told.last_loss);
  assert.equal(told.acknowledged, told.sent);
});
