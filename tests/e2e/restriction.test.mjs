// The operator restricts an instance while something is wrong: who is cut off, who goes on, and that a restart ends nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { comeIn } from './support/program.mjs';
import { waitFor } from './support/wait.mjs';

test('each level shuts out whom it names within a second, devices last, and a restart ends none', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'orchard' });
  const token = await accessToken(instance, key);
  const ask = (method, path, body) => request(instance, method, path, { token, body });
  const owner = new Person(t);
  const restrict = (level, ...rest) => owner.ok('host', 'restrict', level, '--data-dir', instance.directory, ...rest);

  const device = await connect(instance, board);
  let ended = false;
  device.on('close', () => (ended = true));
  const program = await comeIn(instance, token);
  assert.ok(program.came);

  const unsaid = await owner.run(['host', 'restrict', 'read-only', '--data-dir', instance.directory]);
  assert.equal(unsaid.status, 2, unsaid.stderr);
  assert.match(unsaid.stderr, /say why/);
  assert.match(await restrict('no-newcomers', '--reason', 'a login was stolen'), /Nobody gets a new identity/);
  assert.equal((await ask('PUT', '/iot/v2/devices', { type: 'phone' })).status, 503);
  assert.equal((await ask('PUT', '/iot/v2/things', { name: 'fern' })).status, 201);

  const begun = Date.now();
  await restrict('devices-only', '--reason', 'a login was stolen');
  await program.ended;
  assert.ok(Date.now() - begun < 5_000, 'cut off');
  const refused = await ask('GET', '/api/v1/devices');
  assert.equal(refused.status, 503);
  assert.match(refused.text, /restricted by whoever runs it/);
  assert.ok(!refused.text.includes('stolen'), "the operator's words are theirs");
  assert.equal((await comeIn(instance, token)).came, false);
  assert.equal(ended, false, 'the board goes on');
  await device.publishAsync('orchard/open', 'yes', { qos: 1 });

  await restrict('status-only', '--reason', 'worse');
  await waitFor('the end of the board', () => ended);
  await assert.rejects(connect(instance, board));
  await instance.restart();
  await assert.rejects(connect(instance, board));
  assert.match(await owner.ok('host', 'status', '--data-dir', instance.directory), /restricted: status-only/);

  assert.match(await restrict('normal'), /Everything goes on/);
  await (await connect(instance, board)).endAsync();
  const back = await comeIn(instance, await accessToken(instance, key));
  assert.ok(back.came);
  back.session.end(true);
  const { text } = await request(instance, 'GET', '/api/v1/audit', { token: await accessToken(instance, key) });
  assert.match(text, /host\.restrict/);
});
