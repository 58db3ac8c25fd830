// A host is lost. What comes back from a recovery kit and a backup, and what never does.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

const passphrase = 'five-unrelated-words-Kd72mPq9';

/** The board with its files where the loss of the host does not reach them. */
function carryAway(board, safe) {
  const kept = { ...board, key: safe(`${board.id}.key`), certificate: safe(`${board.id}.pem`) };
  fs.copyFileSync(board.key, kept.key);
  fs.copyFileSync(board.certificate, kept.certificate);
  return kept;
}

async function thingWithTemperature(api, device, name) {
  const thing = await api('PUT', '/iot/v2/things', { name, device_id: device });
  const temperature = await api('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'temperature', type: 'TEMPERATURE', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE',
  });
  return { id: thing.id, temperature: temperature.id };
}

const lastValue = async (api, thing) => (await api('GET', `/iot/v2/things/${thing.id}/properties/${thing.temperature}`)).last_value;

function connectBySecret(instance, device, options) {
  const session = mqtt.connect({
    host: 'localhost', port: instance.port('mqtts_secret'), protocol: 'mqtts', clientId: device.id, username: device.id,
    password: device.secret, protocolVersion: 4, reconnectPeriod: 0, ...options,
  });
  return new Promise((resolve, reject) => session.once('connect', () => resolve(session)).once('error', reject));
}

async function deviceWithSecret(api) {
  const { id } = await api('PUT', '/iot/v2/devices', { name: 'esp', type: 'login_and_secretkey_wifi' });
  const { suggested_password: suggested } = await api('GET', `/iot/v2/devices/${id}/pass?suggested_password=true`);
  await api('PUT', `/iot/v2/devices/${id}/pass`, { password: suggested });
  return { id, secret: suggested };
}

/** Boards that know nothing of it find everything as it was. */
test('the drill: a host is lost, and every board connects to the one that is made of kit and backup', async (t) => {
  const safe = safePlace(t);
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const lost = await Instance.start(t, { directory: thief.directory });
  const key = await lost.init();
  const api = await client(lost, key);
  const boards = [];
  for (const name of ['north', 'south', 'west']) {
    const board = carryAway(await enrol(lost, api, { name }), safe);
    boards.push({ board, thing: await thingWithTemperature(api, board.id, name) });
  }
  const esp = await deviceWithSecret(api);
  for (const [i, { board, thing }] of boards.entries()) {
    const session = await connect(lost, board);
    await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ temperature: 20 + i }), { qos: 1 });
    await waitFor('the reading', async () => (await lastValue(api, thing)) === 20 + i);
    await session.endAsync();
  }
  const anchors = fs.readFileSync(lost.anchorsFile);
  await lost.stop();

  const kit = safe('fastness.kit');
  const backup = safe('fastness.backup');
  await hostSucceeds(['kit', 'create', '--data-dir', lost.directory, kit], { secret: passphrase });
  const rehearsed = await hostSucceeds(['kit', 'rehearse', '--data-dir', lost.directory, kit], { secret: passphrase });
  assert.match(rehearsed.stdout, /all that is in it is the vault's/);
  await hostSucceeds(['backup', 'create', '--data-dir', lost.directory, backup]);
  fs.rmSync(lost.directory, { recursive: true });

  const directory = safe('new-host');
  const restored = await hostSucceeds(['restore', '--kit', kit, '--backup', backup, directory], { secret: passphrase });
  assert.match(restored.stdout, /Boards connect as before/);
  const instance = await Instance.start(t, { directory });
  assert.deepEqual(instance.anchors, anchors);

  const again = await client(instance, key);
  for (const [i, { board, thing }] of boards.entries()) {
    assert.equal(await lastValue(again, thing), 20 + i);
    const session = await connect(instance, board, { ca: anchors });
    await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ temperature: 30 + i }), { qos: 1 });
    await waitFor('a new reading', async () => (await lastValue(again, thing)) === 30 + i);
    await session.endAsync();
  }
  await (await connectBySecret(instance, esp, { ca: anchors })).endAsync();

  // The key of before signs nothing here, and what a thief signs with it is not let in.
  assert.deepEqual(fs.readdirSync(path.join(directory, 'vault/keys')), ['device-authority-2', 'server-issuer-1', 'server-root']);
  await assert.rejects(connect(instance, forge(thief, boards[0].board, 'forged'), { ca: anchors }));
  await (await connect(instance, await enrol(instance, again, { name: 'new' }))).endAsync();

  const status = JSON.parse((await hostSucceeds(['vault', 'status', '--data-dir', directory, '--json'])).stdout);
  assert.deepEqual(status.generations.map(({ state }) => state), ['retiring', 'issuing']);
  assert.equal(status.kits.length, 1);
  assert.ok(status.kits[0].rehearsed_at);
  for (const secret of [passphrase, key.client_secret]) assert.ok(!(instance.log + lost.log).includes(secret));
  await instance.stop(); // before its directory goes with the safe place
});

test('nothing is restored from a wrong passphrase, a changed backup, or the kit of another', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  await instance.init();
  const other = await Instance.start(t);
  await Promise.all([instance.stop(), other.stop()]);
  const [kit, foreign, backup] = [safe('own.kit'), safe('foreign.kit'), safe('own.backup')];
  await hostSucceeds(['kit', 'create', '--data-dir', instance.directory, kit], { secret: passphrase });
  await hostSucceeds(['kit', 'create', '--data-dir', other.directory, foreign], { secret: passphrase });
  await hostSucceeds(['backup', 'create', '--data-dir', instance.directory, backup]);
  const directory = safe('new-host');
  const refused = async (why, { withKit = kit, withBackup = backup, secret = passphrase } = {}) => {
    const { status, stderr } = await host(['restore', '--kit', withKit, '--backup', withBackup, directory], { secret });
    assert.notEqual(status, 0, String(why));
    assert.match(stderr, why);
    assert.ok(!stderr.includes(secret));
    assert.deepEqual([directory, `${directory}.restoring`].filter(fs.existsSync), []);
  };

  await refused(/does not open/, { secret: 'five-unrelated-words-Kd72mPq8' });
  await refused(/of two instances/, { withKit: foreign });
  await refused(/is no recovery kit/, { withKit: backup });
  await refused(/is no backup/, { withBackup: kit });
  const whole = fs.readFileSync(backup);
  const changed = safe('changed.backup');
  const head = 16 + 4 + 44 + 4;
  for (const at of [20, 40, head, whole.length >> 1, whole.length - 1]) {
    const bytes = Buffer.from(whole);
    bytes[at] ^= 1;
    fs.writeFileSync(changed, bytes);
    await refused(/ended with exit status 1/, { withBackup: changed });
  }
  fs.writeFileSync(changed, whole.subarray(0, whole.length - 40));
  await refused(/cut off/, { withBackup: changed });

  fs.mkdirSync(directory);
  fs.writeFileSync(path.join(directory, 'mine'), 'keep this');
  const full = await host(['restore', '--kit', kit, '--backup', backup, directory], { secret: passphrase });
  assert.match(full.stderr, /is not empty/);
  assert.deepEqual(fs.readdirSync(directory), ['mine']);
});

test('any two of three people open a kit together, and a slip in a share is named', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  await instance.stop();
  const kit = safe('shared.kit');
  const made = await hostSucceeds(['kit', 'create', '--data-dir', instance.directory, '--shares', '2/3', kit]);
  const shares = made.stdout.match(/^ {2}\d(-[0-9a-f]{8}){8}$/gm).map((line) => line.trim());
  assert.equal(shares.length, 3);
  const rehearse = (...given) =>
    host(['kit', 'rehearse', '--by-shares', '--data-dir', instance.directory, kit], { secret: given.join('\n') });

  assert.match((await rehearse(shares[0])).stderr, /opens with 2 of its shares, and 1 /);
  const slip = shares[1].slice(0, -1) + (shares[1].endsWith('0') ? '1' : '0');
  assert.match((await rehearse(shares[0], slip)).stderr, /share 2 is not a share of this kit/);
  assert.equal((await rehearse(shares[2], shares[0])).status, 0);

  const shown = await hostSucceeds(['kit', 'show', kit]);
  assert.match(shown.stdout, /opens with +any 2 of its 3 shares/);
  for (const share of shares) assert.ok(!shown.stdout.includes(share) && !fs.readFileSync(kit).includes(share));
});

test('a kit is made of an instance that is stopped, into a new file elsewhere', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  const kit = safe('a.kit');
  const create = (file, secret = passphrase) => host(['kit', 'create', '--data-dir', instance.directory, file], { secret });

  assert.match((await create(kit)).stderr, /is running: stop it/);
  await instance.stop();
  assert.match((await create(kit, 'passwordpassword1234')).stderr, /easy to guess/);
  assert.match((await create(path.join(instance.directory, 'a.kit'))).stderr, /is in the data directory/);
  assert.match((await host(['kit', 'create', '--data-dir', safe('nowhere'), kit], { secret: passphrase })).stderr, /there is no instance/);
  assert.deepEqual(fs.readdirSync(path.dirname(kit)), []);

  await hostSucceeds(['kit', 'create', '--data-dir', instance.directory, kit], { secret: passphrase });
  const first = fs.readFileSync(kit);
  assert.equal(fs.statSync(kit).mode & 0o777, 0o600);
  assert.match((await create(kit)).stderr, /exists/i);
  assert.deepEqual(fs.readFileSync(kit), first);

  await instance.start();
  const { stdout } = await hostSucceeds(['vault', 'status', '--data-dir', instance.directory]);
  assert.match(stdout, /a stolen disk +gives everything/);
  assert.match(stdout, /recovery kit +made .* opens with its passphrase; never rehearsed/);
});
