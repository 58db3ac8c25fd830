// Moving an instance's keys up: from a key file to a passphrase, from sealed files to a token.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { bin, Instance } from './support/instance.mjs';
import { makeToken, pin } from './support/token.mjs';

const first = 'four-unrelated-words-Zq81xVt7';
const second = 'five-other-words-of-mine-9Kd2';

/** Runs `fastness host vault migrate`; resolves with its status, and all that it said. */
async function migrate(instance, settings, { secrets = {}, flags = [] } = {}) {
  const given = Object.entries(secrets);
  const child = spawn(path.join(bin, 'fastness'), [
    'host', 'vault', 'migrate', '--data-dir', instance.directory,
    ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
    ...given.flatMap(([option], i) => [`--${option}-fd`, String(3 + i)]), ...flags,
  ], { stdio: ['ignore', 'pipe', 'pipe', ...given.map(() => 'pipe')], detached: true });
  for (const [i, [, secret]] of given.entries()) child.stdio[3 + i].on('error', () => {}).end(secret);  // nobody may read it
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const [status] = await once(child, 'close');
  for (const [, secret] of given) assert.ok(!said.includes(secret), 'no secret is said');
  return { status, said };
}

/** The same instance, started with other settings. */
const changed = (t, instance, options) => Instance.start(t, { directory: instance.directory, ...options });

test('from a key file to a passphrase, to another, and back: the boards stay, the old opener is gone', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'board' });
  const anchors = instance.anchors.toString();
  const passphrase = { 'vault.key': 'passphrase' };
  const keyFile = path.join(instance.directory, 'vault/unlock.key');

  const nowhere = { directory: `${instance.directory}-elsewhere` };
  const missing = await migrate(nowhere, passphrase, { secrets: { 'new-passphrase': first } });
  assert.notEqual(missing.status, 0);
  assert.match(missing.said, /there is no instance in .*-elsewhere/);
  assert.ok(!fs.existsSync(nowhere.directory));
  const running = await migrate(instance, passphrase, { secrets: { 'new-passphrase': first } });
  assert.notEqual(running.status, 0);
  assert.match(running.said, /the instance is running: stop it/);
  await instance.stop();

  const weak = await migrate(instance, passphrase, { secrets: { 'new-passphrase': 'passwordpassword1234' } });
  assert.match(weak.said, /easy to guess/);
  assert.ok(fs.existsSync(keyFile));
  const up = await migrate(instance, passphrase, { secrets: { 'new-passphrase': first } });
  assert.equal(up.status, 0, up.said);
  assert.match(up.said, /opens with the new passphrase now/);
  assert.ok(!fs.existsSync(keyFile));
  await assert.rejects(instance.start(), /set vault\.key = .*passphrase/);

  const wrong = await migrate(instance, passphrase, { secrets: { passphrase: second, 'new-passphrase': second }, flags: ['--change-passphrase'] });
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.said, /did not open with this passphrase/);
  const other = await migrate(instance, passphrase, { secrets: { passphrase: first, 'new-passphrase': second }, flags: ['--change-passphrase'] });
  assert.equal(other.status, 0, other.said);

  const moved = await changed(t, instance, { settings: passphrase, passphrase: second });
  assert.equal(moved.anchors.toString(), anchors);
  await (await connect(moved, board)).endAsync();
  await moved.stop();

  const down = await migrate(instance, { 'vault.key': 'file' }, { secrets: { passphrase: second } });
  assert.match(down.said, /say --yes if this is meant/);
  assert.ok(!fs.existsSync(keyFile));
  const agreed = await migrate(instance, { 'vault.key': 'file' }, { secrets: { passphrase: second }, flags: ['--yes'] });
  assert.equal(agreed.status, 0, agreed.said);
  await instance.start();
  await (await connect(instance, board)).endAsync();
});

test('from sealed files to a token: boards of the old key come in, new ones are signed in the token', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'before' });
  await instance.stop();
  const settings = makeToken(t);

  const refused = await migrate(instance, settings, { secrets: { 'token-pin': '0000' } });
  assert.notEqual(refused.status, 0);
  assert.match(refused.said, /the token refused the PIN/);
  const done = await migrate(instance, settings, { secrets: { 'token-pin': pin } });
  assert.equal(done.status, 0, done.said);
  assert.match(done.said, /device-authority-1 +until fastness ca destroy 1/);
  await assert.rejects(instance.start(), /authority keys are in the token/);

  const moved = await changed(t, instance, { settings });
  await (await connect(moved, board)).endAsync();
  const rotate = spawn(path.join(bin, 'fastness'), ['ca', 'rotate', '--data-dir', moved.directory, '--reason', 'to the token', '--soak', '0', '--yes'], { stdio: 'ignore' });
  assert.equal((await once(rotate, 'close'))[0], 0);
  assert.deepEqual(fs.readdirSync(path.join(moved.directory, 'vault/keys')), ['device-authority-1', 'server-root']);
  const movedApi = await client(moved, key);
  const after = await enrol(moved, movedApi, { name: 'after' });
  await (await connect(moved, after)).endAsync();
});
