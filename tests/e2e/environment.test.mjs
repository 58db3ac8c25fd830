// What an instance is for: said at its first start, shown to whoever comes, carried by backups and kits, and no way across.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { request } from './support/api.mjs';
import { Instance } from './support/instance.mjs';

const passphrase = 'five-unrelated-words-Kd72mPq9';
const staging = { 'instance.environment': 'staging' };

/** A stopped instance, with a kit and a backup of it. */
async function lost(t, settings) {
  const safe = safePlace(t);
  const instance = await Instance.start(t, { settings });
  await instance.init();
  const here = ['--data-dir', instance.directory];
  const [kit, backup] = [safe('fastness.kit'), safe('one.backup')];
  await hostSucceeds(['backup', 'create', ...here, backup]);
  await instance.stop();
  await hostSucceeds(['kit', 'create', ...here, kit], { secret: passphrase });
  const restore = (directory, ...more) => host(['restore', ...more, '--kit', kit, '--backup', backup, directory], { secret: passphrase });
  return { safe, instance, kit, backup, restore };
}

test('it is shown where people are, and in what is carried away', async (t) => {
  const { safe, instance, kit, backup } = await lost(t, staging);
  await instance.start();
  const status = JSON.parse((await hostSucceeds(['status', '--data-dir', instance.directory, '--json'])).stdout);
  assert.equal(status.environment, 'staging');
  assert.match((await hostSucceeds(['status', '--data-dir', instance.directory])).stdout, /^environment +staging$/m);
  const open = await request(instance, 'GET', '/api/v1/setup/status');
  assert.equal(open.json.environment, 'staging');
  assert.match((await hostSucceeds(['kit', 'show', kit])).stdout, /of the instance .*, for staging/);
  const listed = JSON.parse((await hostSucceeds(['backup', 'list', '--json', safe('.')])).stdout);
  assert.deepEqual(listed.backups.map((each) => each.environment), ['staging']);
  assert.ok(fs.existsSync(backup));
});

test('another word in the settings starts nothing and changes nothing', async (t) => {
  const instance = await Instance.start(t, { settings: staging });
  await instance.stop();
  const mistaken = new Instance({ directory: instance.directory });
  await assert.rejects(mistaken.start(), /this is an instance for staging, not for production/);
  await instance.start();
});

test('a backup is restored for its own environment alone', async (t) => {
  const { safe, restore } = await lost(t, {});
  const elsewhere = safe('elsewhere');
  const refused = await restore(elsewhere, '--set', 'instance.environment=staging');
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /of an instance for production, and the settings say staging/);
  assert.ok(!fs.existsSync(elsewhere) && !fs.existsSync(`${elsewhere}.restoring`), 'nothing is left of it');

  const again = safe('again');
  assert.equal((await restore(again)).status, 0);
  await assert.rejects(new Instance({ directory: again, settings: staging }).start(), /this is an instance for production/);
  await Instance.start(t, { directory: again });
});

test('whoever rewrites the word in a backup has no backup', async (t) => {
  const { safe, backup, restore } = await lost(t, {});
  const bytes = fs.readFileSync(backup);
  const at = 16 + 4 + 16 + 4 + 16 + 8;  // the file's name; a size; instance, month, salt and time
  assert.equal(bytes[at], 0, 'production');
  bytes[at] = 1;
  fs.writeFileSync(backup, bytes);
  const listed = JSON.parse((await hostSucceeds(['backup', 'list', '--json', safe('.')])).stdout);
  assert.equal(listed.backups[0].environment, 'staging', 'in clear and unproved');
  for (const word of ['staging', 'production']) {
    assert.notEqual((await restore(safe('never'), '--set', `instance.environment=${word}`)).status, 0, word);
  }
});
