// The operator switches single parts of an instance off: who is cut off, who goes on, and that a restart puts nothing on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { comeIn } from './support/program.mjs';

test('a part that is switched off shuts its own way alone, within a second, over a restart', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'orchard' });
  const token = await accessToken(instance, key);
  const ask = async (path) => request(instance, 'GET', path, { token: await accessToken(instance, key) });
  const owner = new Person(t);
  const turn = (...words) => owner.ok('host', 'switch', ...words, '--data-dir', instance.directory);

  const device = await connect(instance, board);
  let ended = false;
  device.on('close', () => (ended = true));
  const program = await comeIn(instance, token);
  assert.ok(program.came);

  const unsaid = await owner.run(['host', 'switch', 'off', 'mqtt-programs', '--data-dir', instance.directory]);
  assert.equal(unsaid.status, 2, unsaid.stderr);
  assert.match(unsaid.stderr, /say why/);
  const unknown = await owner.run(['host', 'switch', 'off', 'everything', '--data-dir', instance.directory]);
  assert.equal(unknown.status, 2, unknown.stderr);

  const begun = Date.now();
  assert.match(await turn('off', 'mqtt-programs', '--reason', 'a library leaks'), /not let in over MQTT/);
  await program.ended;
  assert.ok(Date.now() - begun < 5_000, 'cut off');
  assert.equal((await comeIn(instance, token)).came, false);
  assert.equal(ended, false, 'the board goes on');
  await device.publishAsync('orchard/open', 'yes', { qos: 1 });
  assert.equal((await ask('/api/v1/devices')).status, 200, 'and so does the API');

  await turn('off', 'arduino-api', '--reason', 'a library leaks');
  const refused = await ask('/iot/v2/devices');
  assert.equal(refused.status, 503);
  assert.match(refused.text, /switched off this part/);
  assert.ok(!refused.text.includes('leaks'), "the operator's words are theirs");

  await instance.restart();
  assert.equal((await comeIn(instance, await accessToken(instance, key))).came, false);
  const listed = await turn('list');
  assert.match(listed, /mqtt-programs {4}off since .*: a library leaks/);
  assert.match(listed, /downloads {8}on/);
  assert.match(await owner.ok('host', 'status', '--data-dir', instance.directory), /switched off: arduino-api/);

  assert.match(await turn('on', 'mqtt-programs'), /on/);
  await turn('on', 'arduino-api');
  const back = await comeIn(instance, await accessToken(instance, key));
  assert.ok(back.came);
  back.session.end(true);
  assert.equal((await ask('/iot/v2/devices')).status, 200);
  const { text } = await ask('/api/v1/audit');
  assert.match(text, /host\.switch_off/);
  assert.match(text, /host\.switch_on/);
});
