// The acceptance tests of this project: what bulletin ASEC-25-001 of February 2025 told of, done to a
// Fastness. An API key leaks, an old backup and the key that signs devices are stolen. A1 to A10;
// tests/asec-25-001 runs them alone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { files } from './support/files.mjs';
import { countingDevice, live, lostBy, renewByEst } from './support/fleet.mjs';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';
import { signIn } from './support/sign_in.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

const unpaced = {
  'limits.http_requests_per_second': '100000', 'limits.http_request_burst': '100000',
  'limits.organisation_connects_per_second': '100000', 'limits.organisation_connect_burst': '100000',
};

/** An instance whose authority key the thief has, its API, and the person at its host. */
async function compromised(t, options) {
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const instance = await Instance.start(t, { directory: thief.directory, ...options });
  const key = await instance.init();
  const person = new Person(t);
  await person.logIn(instance, key);
  return { thief, instance, api: await client(instance, key), person, key };
}

async function ca(person, instance, ...args) {
  const done = await person.run(['ca', ...args, '--json', '--data-dir', instance.directory]);
  assert.equal(done.status, 0, done.stderr);
  return JSON.parse(done.stdout);
}

const emergency = (person, instance) => ca(person, instance, 'rotate', '--emergency', '--cut-off', '90', '--reason', 'the key was stolen', '--yes');

/** Every form in which the private key could lie in a file. */
function formsOf(keyFile) {
  const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const sec1 = openssl('ec', '-in', keyFile, '-outform', 'DER');
  const pkcs8 = openssl('pkcs8', '-topk8', '-nocrypt', '-in', keyFile, '-outform', 'DER');
  const scalar = sec1.subarray(7, 39);  // RFC 5915: SEQUENCE, version, OCTET STRING of 32 bytes
  const base64 = (bytes) => Buffer.from(bytes.toString('base64').slice(0, -4));
  const hex = scalar.toString('hex');
  return {
    'the scalar': scalar,
    'the scalar in hex': Buffer.from(hex),
    'the scalar in HEX': Buffer.from(hex.toUpperCase()),
    'the scalar with colons': Buffer.from(hex.match(/../g).join(':')),
    'the scalar, backwards': Buffer.from(scalar).reverse(),
    // Base64 depends on where in a group of three the text begins.
    ...Object.fromEntries([0, 1, 2].map((shift) => [`the scalar in base64, ${shift}`,
      Buffer.from(Buffer.concat([Buffer.alloc(shift), scalar]).toString('base64').slice(shift ? 4 : 0, -4))])),
    'the PEM of SEC 1': base64(sec1.subarray(0, 48)),
    'the PEM of PKCS #8': base64(pkcs8.subarray(0, 48)),
  };
}

test('A1: the key that signs devices is in no file that the server wrote, and in nothing its API can read', async (t) => {
  const { thief, instance, api, key } = await compromised(t);
  await enrol(instance, api, { name: 'orchard' });
  const processes = fs.readFileSync(`/proc/${instance.pid}/task/${instance.pid}/children`, 'utf8').trim().split(' ');
  const told = processes.map((pid) => fs.readFileSync(`/proc/${pid}/environ`, 'latin1') + fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
  const answers = [];
  for (const place of ['/api/v1/ca', '/.well-known/est/cacerts', '/api/v1/devices', '/api/v1/home']) {
    answers.push((await request(instance, 'GET', place, { token: await accessToken(instance, key) })).text);
  }
  await instance.stop();

  let searched = 0;
  for (const [what, bytes] of Object.entries(formsOf(thief.key))) {
    for (const file of files(instance.directory)) {
      const content = fs.readFileSync(file);
      searched += content.length;
      assert.ok(!content.includes(bytes), `${what} is in ${path.relative(instance.directory, file)}`);
    }
    for (const text of [...told, ...answers, instance.log]) assert.ok(!Buffer.from(text, 'latin1').includes(bytes), what);
  }
  assert.ok(searched > 100_000);
});

test('A2: what the stolen key signs is refused, alarmed within a second and in the audit trail', async (t) => {
  const { thief, instance, api, person } = await compromised(t);
  const board = await enrol(instance, api, { name: 'orchard' });
  const before = performance.now();
  await assert.rejects(connect(instance, forge(thief, board, 'forged')));

  await waitFor('the alarm', () => /level=error .*forged_certificate .*generation=1/.test(instance.log), { seconds: 1 });
  assert.ok(performance.now() - before < 2000);
  await waitFor('its place on the first page', async () => JSON.stringify(await api('GET', '/api/v1/home')).includes('identity_forged'));
  const checks = await person.json('audit', 'checks');
  assert.ok(checks.some((check) => check.state === 'failed' && /forg/.test(check.id)), JSON.stringify(checks));
  assert.match(instance.log, /audit.*identity\.forged|forged_certificate/);
  (await connect(instance, board)).end(true);
});

test('A3: two hundred devices under constant traffic survive an emergency with no message lost and no hand on any', async (t) => {
  const { instance, api, person } = await compromised(t, { settings: unpaced });
  const from = new Date(Date.now() - 1000);
  const fleet = [];
  for (let i = 0; i < 200; i += 20) {
    const some = Array.from({ length: 20 }, (_, j) => (i ? [`renews-${i + j}`, 'standard'] : [`legacy-${j}`, 'board']));
    fleet.push(...await Promise.all(some.map(([name, profile]) => countingDevice(instance, api, name, profile))));
  }
  for (const device of fleet) if (device.profile === 'standard') device.renew = renewByEst;
  const signal = { stopped: false };
  t.after(() => (signal.stopped = true));
  const lives = fleet.map((device) => live(instance, device, signal));
  await waitFor('all to publish', () => fleet.every((device) => device.acknowledged > 2), { seconds: 60 });

  const begun = performance.now();
  await emergency(person, instance);
  const status = await waitFor('all of them', async () => {
    const seen = await ca(person, instance, 'status');
    return seen.generations.at(-1).devices === 180 && seen;
  }, { seconds: 60 });
  const seconds = (performance.now() - begun) / 1000;
  const before = fleet.map((device) => device.acknowledged);
  await waitFor('traffic of all', () => fleet.every((device, i) => device.acknowledged > before[i] + 2), { seconds: 30 });
  signal.stopped = true;
  await Promise.all(lives);

  assert.ok(seconds < 60, `it took ${seconds} s`);
  assert.equal(status.generations[0].state, 'distrusted');
  assert.deepEqual(status.stragglers, [{ reason: 'by_hand', devices: 20 }], 'the legacy boards, and no other');
  for (const device of fleet) {
    assert.deepEqual(await lostBy(api, device, from), [], `lost by ${device.name}`);
    assert.equal(device.connections, device.profile === 'board' ? 1 : 2, `${device.name}: ${device.trouble}`);
    const { attention } = await api('GET', `/api/v1/devices/${device.id}`);
    assert.equal(attention, undefined, 'a cut-off in 90 days calls for nobody today');
  }
});

test('A4: a device whose power fails between its new certificate and the acknowledgement comes back', async (t) => {
  const { instance, person } = await compromised(t);
  await person.ok('device', 'create', 'orchard');
  const folder = person.file('orchard');
  await person.ok('device', 'enrol', 'orchard', '--out', folder);
  const file = (name) => path.join(folder, name);
  const id = (await person.json('device', 'list')).find((each) => each.name === 'orchard').id;
  const board = { id, key: file('device.key'), certificate: file('device.crt') };
  const renewal = ['device', 'renew', folder, '--server', instance.url, '--mqtt', `localhost:${instance.port('mqtts')}`, '--now'];

  const slots = () => (fs.existsSync(file('renewal/slots')) ? fs.readFileSync(file('renewal/slots'), 'utf8') : '');
  const child = person.start(renewal);
  await waitFor('the second slot', () => slots().length === 2 || child.exitCode !== null);
  child.kill('SIGKILL');
  await child.ended;

  (await connect(instance, board)).end(true);
  if (slots().length === 2) (await connect(instance, { ...board, certificate: file(`renewal/certificate-${slots()[1]}.pem`) })).end(true);
  const again = await person.run(renewal.slice(0, -1));
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['ca.crt', 'device.crt', 'device.key', 'renewal']);
  assert.equal(slots().length, 1, 'nothing is on trial');
  (await connect(instance, board)).end(true);
});

// Past its retention a backup gives nothing to who has everything: no program here takes another clock than the machine's, so
// that part of A5 goes through the vault's own files, keys and kits by a clock that a test moves:
// RecoveryTest.ABackupPastItsRetentionOpensWithNothingThatIsLeft (src/vault/recovery/epoch_retention_test.cc).
test('A5: a backup gives nothing to who does not have what opens the recovery kit', async (t) => {
  const { instance, api } = await compromised(t);
  const [kit, backup, nowhere] = ['a.kit', 'a.backup', 'new-host'].map(safePlace(t));
  const planted = 'planted-reading-of-the-garden-q7x';
  const device = await countingDevice(instance, api, planted, 'board');
  const session = await connect(instance, device);
  await session.publishAsync(`/a/t/${device.thing.id}/e/o`, senml({ counter: 1 }), { qos: 1 });
  await session.endAsync();
  await instance.stop();
  const passphrase = 'five-unrelated-words-Kd72mPq9';
  for (const [args, options] of [[['kit', 'create', '--data-dir', instance.directory, kit], { secret: passphrase }], [['backup', 'create', '--data-dir', instance.directory, backup]]]) {
    await hostSucceeds(args, options);
  }

  const bytes = fs.readFileSync(backup);
  assert.ok(bytes.length > 10_000);
  for (const text of [planted, device.id, device.id.replaceAll('-', ''), 'owner@example.org', 'CREATE TABLE']) {
    for (const form of [Buffer.from(text), Buffer.from(text, 'utf16le'), Buffer.from(Buffer.from(text).toString('hex'))]) {
      assert.ok(!bytes.includes(form), `${text} is in the backup`);
    }
  }
  const stolen = await host(['restore', '--kit', kit, '--backup', backup, nowhere], { secret: 'five-unrelated-words-Kd72mPq8' });
  assert.notEqual(stolen.status, 0);
  assert.ok(!fs.existsSync(nowhere));
});

test('A6: a leaked API key that anybody posts is dead within a second, and its owner can read why', async (t) => {
  const { instance, api, key } = await compromised(t);
  const owner = await signIn(instance, key.setup_token);
  const report = (client_secret) => request(instance, 'POST', '/api/v1/leaked-keys', { body: { client_secret } });
  await api('GET', '/api/v1/devices');

  const before = performance.now();
  const known = await report(key.client_secret);
  await assert.rejects(api('GET', '/api/v1/devices'), /401/);
  assert.ok(performance.now() - before < 1000);
  await assert.rejects(client(instance, key), /401/, 'nor does it give another token');
  const unknown = await report(key.client_secret);
  assert.deepEqual([unknown.status, unknown.text], [known.status, known.text], 'the finder learns nothing');

  const { entries } = (await owner('GET', '/api/v1/audit')).json;
  const entry = entries.find((each) => each.action === 'api_key.report_leak');
  assert.equal(entry?.object, `api_key:${key.client_id}`);
  assert.ok(!JSON.stringify(entries).includes(key.client_secret) && !instance.log.includes(key.client_secret));
});

test('A7: a changed audit trail or ledger is found before anything is served', async (t) => {
  const { instance, api } = await compromised(t);
  await enrol(instance, api, { name: 'orchard' });
  await instance.stop();
  for (const [name, said] of [['hub/control.db', /control\.db|damaged|not a database|changed/i], ['vault/ledger', /ledger is damaged at entry 0|ledger/]]) {
    const file = path.join(instance.directory, name);
    const good = fs.readFileSync(file);
    const bad = Buffer.from(good);
    // Of the database a bit in each page: which of them the audit trail has nobody can tell.
    if (name.endsWith('ledger')) bad[40] ^= 1;
    else for (let at = 2000; at < bad.length; at += 4096) bad[at] ^= 1;
    fs.writeFileSync(file, bad);
    instance.log = '';
    await assert.rejects(instance.start(), said, name);
    await instance.kill();
    fs.writeFileSync(file, good);
  }
  instance.log = '';
  await instance.start();
});

test('A8: a revoked board is cut off within a second and cannot resume', async (t) => {
  const { instance, api } = await compromised(t);
  const board = await enrol(instance, api, { name: 'orchard' });
  const tickets = [];
  const session = await connect(instance, board);
  session.stream.on('session', (ticket) => tickets.push(ticket));
  await session.publishAsync('garden/x', '1', { qos: 1 }).catch(() => {});
  const closed = once(session, 'close');
  const before = performance.now();
  await api('POST', `/api/v1/devices/${board.id}/revoke`, {});
  await closed;
  assert.ok(performance.now() - before < 1000, 'its live session is cut within a second');
  await assert.rejects(connect(instance, board));
  for (const ticket of tickets) await assert.rejects(connect(instance, board, { session: ticket }), 'with a ticket');
});

test('A9: a vault that is killed in the middle of a rotation stops no message, and the rotation goes on', async (t) => {
  const { instance, api, person } = await compromised(t, { settings: unpaced });
  const from = new Date(Date.now() - 1000);
  const board = await countingDevice(instance, api, 'legacy', 'board');
  const signal = { stopped: false };
  t.after(() => (signal.stopped = true));
  const life = live(instance, board, signal);
  await waitFor('traffic', () => board.acknowledged > 2);
  const child = (name) => {
    const children = fs.readFileSync(`/proc/${instance.pid}/task/${instance.pid}/children`, 'utf8').trim().split(' ');
    return Number(children.find((each) => fs.readFileSync(`/proc/${each}/comm`, 'utf8').trim() === name));
  };
  const hub = child('fastness-hub');

  const order = person.run(['ca', 'rotate', '--emergency', '--cut-off', '90', '--reason', 'stolen', '--yes', '--data-dir', instance.directory]);
  await waitFor('its beginning', () => instance.log.includes('action=ca.rotation_emergency'));
  process.kill(child('fastness-vault'), 'SIGKILL');
  await order;
  const done = await waitFor('the rotation to be through', async () => {
    const { status, stdout } = await person.run(['ca', 'status', '--json', '--data-dir', instance.directory]);
    const seen = status === 0 && JSON.parse(stdout);
    return seen && seen.rotation?.step === 'renewing' && seen;
  }, { seconds: 60 });

  assert.deepEqual([done.generations[0].state, done.generations.at(-1).state], ['distrusted', 'issuing']);
  assert.equal(child('fastness-hub'), hub, 'the broker is unaffected');
  const before = board.acknowledged;
  await waitFor('traffic after it', () => board.acknowledged > before + 2, { seconds: 30 });
  signal.stopped = true;
  await life;
  assert.equal(board.connections, 1, 'the board noticed nothing');
  assert.deepEqual(await lostBy(api, board, from), []);
});

test('A10: only a board that needs a person is marked, and the mark goes when its cause does', async (t) => {
  const { instance, api, person } = await compromised(t);
  const renews = await countingDevice(instance, api, 'renews', 'standard');
  const legacy = await countingDevice(instance, api, 'legacy', 'board');
  const marks = async () => Promise.all([renews, legacy].map(async ({ id }) => (await api('GET', `/api/v1/devices/${id}`)).attention?.kind));
  assert.deepEqual(await marks(), [undefined, undefined]);

  await ca(person, instance, 'rotate', '--emergency', '--cut-off', '20', '--reason', 'stolen', '--yes');
  await renewByEst(instance, renews);
  (await connect(instance, renews)).end(true);
  await waitFor('the mark of the board alone', async () => JSON.stringify(await marks()) === '[null,"board_cut_off"]');
  const { remedy } = (await api('GET', `/api/v1/devices/${legacy.id}`)).attention;
  assert.ok(remedy.length > 20, 'it says what to do');

  await ca(person, instance, 'distrust', '1', '--cut-off', 'never', '--yes');
  await waitFor('no mark', async () => JSON.stringify(await marks()) === '[null,null]');
});
