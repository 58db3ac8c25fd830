// The security check-up, made to fail: somebody who was thrown out comes back, a key is in two places, an API key goes on for years,
// and the authority's key is stolen. Each finding is the organisation's own, and goes when its cause does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { client, request } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';
import { signIn } from './support/sign_in.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

const file = wholeFile();
let instance;
let api;
let owner;
let neighbour;  // of another organisation
let inSession;  // sends a request as the owner in a browser does

before(async () => {
  instance = await Instance.start(file);
  const key = await instance.init();
  api = await client(instance, key);
  owner = new Person(file);
  await owner.logIn(instance, key);
  inSession = await signIn(instance, key.setup_token);
  neighbour = new Person(file);
  await neighbour.logIn(instance, await instance.init({ organisation: 'Next door', email: 'next@example.org' }));
});

/** What the check-up of this person says of one check. */
async function check(person, id) {
  return (await person.json('audit', 'checks')).find((each) => each.id === id);
}

const waitForState = (person, id, state) => waitFor(`${id} to be ${state}`, async () => {
  const found = await check(person, id);
  return found.state === state && found;
});

test('a revoked device that keeps trying is its owner\'s finding, and only theirs', async () => {
  const board = await enrol(instance, api, { name: 'orchard' });
  const session = await connect(instance, board);
  assert.equal((await check(owner, 'revoked-device-trying')).state, 'passed');
  const closed = once(session, 'close');
  await owner.ok('device', 'revoke', 'orchard');
  await closed;

  for (let i = 0; i < 3; ++i) await assert.rejects(connect(instance, board));

  const failed = await waitForState(owner, 'revoked-device-trying', 'failed');
  assert.equal(failed.count, 1);
  assert.deepEqual(failed.subjects, [{ kind: 'device', id: board.id, name: 'orchard' }]);
  assert.ok(Date.parse(failed.since) <= Date.now());
  assert.equal((await check(neighbour, 'revoked-device-trying')).state, 'passed');
});

test('a device with a secret key that was revoked is seen too', async () => {
  const { id } = await owner.json('device', 'create', 'shed');
  const { secret } = await owner.json('device', 'secret', 'shed');
  await owner.ok('device', 'revoke', 'shed');

  const byName = { username: id, password: secret, clientId: id, key: undefined, cert: undefined };
  await assert.rejects(connect(instance, await enrol(instance, api, { name: 'helper' }), byName));

  await waitFor('both devices', async () => (await check(owner, 'revoked-device-trying')).subjects.some((each) => each.name === 'shed'));
});

test('a copied key that fights with its device is found, audited once, and forgotten when the owner acts', async () => {
  const board = await enrol(instance, api, { name: 'pump' });
  const from = (localAddress) => connect(instance, board, { host: '127.0.0.1', servername: 'localhost', localAddress });
  let last = await from('127.0.0.1');
  for (let round = 0; round < 3; ++round) {
    for (const address of ['127.0.0.2', '127.0.0.1']) {
      const thrownOut = once(last, 'close');
      last = await from(address);
      await thrownOut;
    }
  }

  const failed = await waitForState(owner, 'device-cloned', 'failed');
  assert.deepEqual(failed.subjects, [{ kind: 'device', id: board.id, name: 'pump' }]);
  assert.equal((await check(neighbour, 'device-cloned')).state, 'passed');
  assert.equal(instance.log.match(/event=device_in_two_places /g).length, 1);

  await owner.ok('device', 'suspend', 'pump');
  await owner.ok('device', 'resume', 'pump');
  assert.equal((await check(owner, 'device-cloned')).state, 'passed');
});

test('a device that comes back again and again from one address is innocent', async () => {
  const board = await enrol(instance, api, { name: 'lamp' });
  let last;
  for (let i = 0; i < 6; ++i) last = await connect(instance, board);
  last.end(true);

  assert.equal((await check(owner, 'device-cloned')).state, 'passed');
});

test('an API key that goes on for years and one that may do everything want a look', async () => {
  const end = new Date(Date.now() + 1800 * 86_400_000).toISOString();
  const made = await inSession('POST', '/api/v1/api-keys', { name: 'for ever', scopes: ['things:read'], expires_at: end });
  assert.equal(made.status, 201, made.text);

  const long = await check(owner, 'api-key-long-lived');
  assert.equal(long.state, 'attention');
  assert.deepEqual(long.subjects, [{ kind: 'api_key', id: made.json.client_id, name: 'for ever' }]);
  assert.equal((await check(owner, 'api-key-broad')).state, 'attention', 'the key that asks');
  assert.equal((await inSession('GET', '/api/v1/checks')).status, 200);

  assert.equal((await inSession('DELETE', `/api/v1/api-keys/${made.json.client_id}`)).status, 204);
  assert.equal((await check(owner, 'api-key-long-lived')).state, 'passed');
});

test('a key without the scope reads nothing, and nobody reads without a key', async () => {
  assert.equal((await request(instance, 'GET', '/api/v1/checks')).status, 401);
  const made = await inSession('POST', '/api/v1/api-keys', { name: 'narrow', scopes: ['devices:read'] });
  const narrow = await client(instance, made.json);
  await assert.rejects(narrow('GET', '/api/v1/checks'), /403/);
});

test('the command line shows what is not passed, with what to do, in every format', async () => {
  const all = await owner.json('audit', 'checks');
  const open = await owner.json('audit', 'checks', '--failed');
  assert.ok(open.length > 0 && open.length < all.length);
  assert.ok(open.every((each) => each.state !== 'passed'));

  const table = await owner.ok('audit', 'checks', '--failed');
  assert.match(table, /^STATE +CHECK +CONCERNS +SINCE +WHAT$/m);
  assert.match(table, /^failed +revoked-device-trying +\d+ /m);
  assert.match(table, /^revoked-device-trying: .*orchard/m);
  const { remedy } = open.find((each) => each.id === 'revoked-device-trying');
  assert.ok(table.includes(remedy));
  assert.doesNotMatch(table, /^passed /m);
  assert.match(await owner.ok('audit', 'checks', '-o', 'csv'), /^state,id,count,since,title\r\n/);
  assert.match(await owner.ok('audit', 'checks', '-o', 'yaml'), /"id": "device-cloned"/);
});

test('a forged certificate fails for everybody, survives a restart, and passes once the key is given up', async (t) => {
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const robbed = await Instance.start(t, { directory: thief.directory });
  const key = await robbed.init();
  const victim = new Person(t);
  await victim.logIn(robbed, key);
  const board = await enrol(robbed, await client(robbed, key), { name: 'orchard' });
  const extensions = path.join(thief.loot, 'v3.cnf');
  fs.writeFileSync(extensions, 'basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n');
  assert.equal((await check(victim, 'forged-certificate')).state, 'passed');

  await assert.rejects(connect(robbed, forge(thief, board, 'version3', '-extfile', extensions)));

  const failed = await waitForState(victim, 'forged-certificate', 'failed');
  assert.deepEqual(failed.subjects, [{ kind: 'generation', id: '1', name: 'Generation 1' }]);
  await robbed.restart();
  await victim.logIn(robbed, key);
  assert.equal((await check(victim, 'forged-certificate')).state, 'failed', 'a restart mends nothing');

  const rotated = await victim.run(['ca', 'rotate', '--emergency', '--yes', '--cut-off', 'never', '--reason', 'stolen', '--data-dir', robbed.directory]);
  assert.equal(rotated.status, 0, rotated.stderr);
  await waitForState(victim, 'forged-certificate', 'passed');
  assert.equal((await check(victim, 'distrusted-generation-in-use')).state, 'attention', 'its board comes in by the ledger');
});
