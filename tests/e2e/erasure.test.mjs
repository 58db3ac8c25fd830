// A person is erased: nothing of theirs opens any more, here or on a host that is made of a backup, and others notice nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { accessToken, client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';
import { assertNowhere } from './support/search.mjs';
import { signIn } from './support/sign_in.mjs';
import { waitFor } from './support/wait.mjs';

const passphrase = 'five-unrelated-words-Kd72mPq9';

/** Somebody with an API key, a board, and a thing that has a value. */
async function person(instance, name) {
  const email = `${name}@example.org`;
  const key = await instance.init({ organisation: `Garden of ${name}`, email });
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: `board-of-${name}` });
  const thing = await api('PUT', '/iot/v2/things', { name: `thing-of-${name}`, device_id: board.id });
  const property = await api('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'note', type: 'CHARSTRING', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE',
  });
  const session = await connect(instance, board);
  await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ note: `reading-of-${name}` }), { qos: 1 });
  const valueOf = async (through) => (await through('GET', `/iot/v2/things/${thing.id}/properties/${property.id}`)).last_value;
  await waitFor('the reading', async () => (await valueOf(api)) === `reading-of-${name}`);
  return { email, key, api, board, thing, session, valueOf };
}

const ended = (session) => new Promise((resolve) => session.once('close', resolve));

test('whoever was erased is in no file, comes back with no backup, and leaves the others as they were', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  const me = await person(instance, 'planted-erased-q7x');
  const you = await person(instance, 'somebody-else');
  const before = safe('before.backup');
  await hostSucceeds(['backup', 'create', '--data-dir', instance.directory, before]);

  const exported = safe('me.json');
  await hostSucceeds(['user', 'export', '--data-dir', instance.directory, me.email, exported]);
  const taken = JSON.parse(fs.readFileSync(exported, 'utf8'));
  assert.equal(taken.person.email, me.email);
  assert.deepEqual(taken.things.map((thing) => thing.id), [me.thing.id]);
  assert.ok(!JSON.stringify(taken).includes('somebody-else'), 'it has something of another person');
  assert.ok(!JSON.stringify(taken).includes(me.key.client_secret));

  // Nobody is asked where no terminal is, so nobody is erased by a script that does not say so.
  assert.notEqual((await host(['user', 'erase', '--data-dir', instance.directory, me.email])).status, 0);
  assert.equal(await me.valueOf(me.api), 'reading-of-planted-erased-q7x');

  const cut = ended(me.session);
  const { stdout } = await hostSucceeds(['user', 'erase', '--data-dir', instance.directory, '--yes', '--json', me.email]);
  const told = JSON.parse(stdout);
  assert.equal(told.state, 'erased');
  assert.ok(Date.parse(told.complete_at) > Date.parse(told.erased_at));
  await cut;
  await assert.rejects(accessToken(instance, me.key), /401/);
  await assert.rejects(me.api('GET', '/iot/v2/things'), /401/);
  await assert.rejects(connect(instance, me.board));
  assert.equal(await you.valueOf(you.api), 'reading-of-somebody-else');
  await you.session.publishAsync(`/a/t/${you.thing.id}/e/o`, senml({ note: 'afterwards' }), { qos: 1 });
  await waitFor('the value', async () => (await you.valueOf(you.api)) === 'afterwards');
  you.session.end(true);

  // A power cut right then brings nothing back, and the others start as always.
  await instance.kill();
  await instance.start();
  await assert.rejects(accessToken(instance, me.key), /401/);
  assert.equal(await you.valueOf(await client(instance, you.key)), 'afterwards');
  await instance.stop();
  for (const own of [me.board, you.board]) for (const file of [own.key, own.certificate, own.key.replace(/key$/, 'csr')]) fs.rmSync(file, { force: true });
  assertNowhere(instance.directory, { email: me.email, name: 'planted-erased-q7x', secret: me.key.client_secret });

  // The backup of before has everything, sealed; the kit of after has the tombstone.
  const kit = safe('after.kit');
  await hostSucceeds(['kit', 'create', '--data-dir', instance.directory, kit], { secret: passphrase });
  const directory = safe('new-host');
  await hostSucceeds(['restore', '--kit', kit, '--backup', before, directory], { secret: passphrase });
  const restored = await Instance.start(t, { directory });
  await assert.rejects(accessToken(restored, me.key), /401/);
  assert.equal(await you.valueOf(await client(restored, you.key)), 'reading-of-somebody-else');

  // The address is free, and whoever comes by it now is somebody else.
  const anew = await restored.init({ organisation: 'Anew', email: me.email });
  const api = await client(restored, anew);
  assert.deepEqual(await api('GET', '/iot/v2/things?show_deleted=true'), []);
  assert.deepEqual(await api('GET', '/iot/v2/devices'), []);
});

test('a person erases their own account with its name typed, and is somebody no more', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const page = await signIn(instance, key.setup_token);
  const taken = await page('GET', '/api/v1/account/export');
  assert.equal(taken.status, 200, taken.text);
  assert.equal(taken.json.person.email, 'owner@example.org');
  assert.equal(taken.json.sessions.length, 1);
  assert.equal(taken.json.audit_is_cut_short, false);

  const slip = await page('POST', '/api/v1/account/erasure', { organisation: 'greenhouse' });
  assert.equal(slip.status, 400, slip.text);
  assert.equal((await page('GET', '/api/v1/session')).status, 200);
  const done = await page('POST', '/api/v1/account/erasure', { organisation: 'Greenhouse' });
  assert.equal(done.status, 200, done.text);
  assert.equal(done.json.state, 'erased');
  assert.deepEqual(done.json.kits_to_destroy, []);
  assert.match(done.headers['set-cookie'][0], /Max-Age=0/);

  assert.equal((await page('GET', '/api/v1/session')).status, 401);
  await assert.rejects(accessToken(instance, key), /401/);
  // Nobody is left, so the host lets somebody in as into a new one.
  await hostSucceeds(['setup-link', '--data-dir', instance.directory]);
});
