// A thief has the device authority's private key. Nothing that it signs is admitted, and its first
// use raises the alarm. The instance is made with a key that the test knows: nothing exports one.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { bin, Instance } from './support/instance.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

test('what a stolen authority key signs is refused, and detected at its first use', async (t) => {
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const instance = await Instance.start(t, { directory: thief.directory });
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'orchard' });
  const extensions = path.join(thief.loot, 'v3.cnf');
  fs.writeFileSync(extensions, 'basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n');

  const session = await connect(instance, board);
  session.end(true);
  assert.doesNotMatch(instance.log, /forged_certificate/);

  await assert.rejects(connect(instance, forge(thief, board, 'version3', '-extfile', extensions)));
  await waitFor('the alarm', () => /level=error .*forged_certificate .*generation=1/.test(instance.log), { seconds: 5 });
  await waitFor('its place on the first page', async () => JSON.stringify(await api('GET', '/api/v1/home')).includes('identity_forged'), { seconds: 5 });

  await assert.rejects(connect(instance, forge(thief, board, 'version1')), 'in a form that no board has');
  const again = await connect(instance, board);
  again.end(true);
});

test('an authority key cannot be put into an instance that exists', async (t) => {
  const thief = instanceOfThief();
  t.after(() => {
    fs.rmSync(thief.loot, { recursive: true, force: true });
    fs.rmSync(thief.directory, { recursive: true, force: true });
  });
  const again = ['--directory', path.join(thief.directory, 'vault'), '--initialise', '--import-device-authority', thief.key];
  assert.throws(() => execFileSync(path.join(bin, 'fastness-vault'), again, { stdio: 'pipe' }), /empty instance only/);
});
