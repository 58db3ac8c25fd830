// Backups are looked at: verified by a running instance's vault, by a stopped one's, and by a kit; listed by what they say.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';

const passphrase = 'five-unrelated-words-Kd72mPq9';

/** The file with one byte changed, beside it. */
function changed(file, at) {
  const bytes = fs.readFileSync(file);
  bytes[at] ^= 4;
  fs.writeFileSync(`${file}.changed`, bytes);
  return `${file}.changed`;
}

test('a backup is verified beside the instance that runs, without it, and by a kit alone', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  await instance.init();
  const [kit, backup] = [safe('fastness.kit'), safe('one.backup')];
  const here = ['--data-dir', instance.directory];
  await hostSucceeds(['backup', 'create', ...here, backup]);
  const size = fs.statSync(backup).size;

  const running = JSON.parse((await hostSucceeds(['backup', 'verify', ...here, '--json', backup])).stdout);
  await instance.stop();
  const stopped = JSON.parse((await hostSucceeds(['backup', 'verify', ...here, '--json', backup])).stdout);
  const made = JSON.parse((await hostSucceeds(['kit', 'create', ...here, '--json', kit], { secret: passphrase })).stdout);
  const shown = JSON.parse((await hostSucceeds(['kit', 'show', '--json', kit])).stdout);
  const rehearsed = JSON.parse((await hostSucceeds(['kit', 'rehearse', ...here, '--json', kit], { secret: passphrase })).stdout);
  const byKit = await hostSucceeds(['backup', 'verify', '--kit', kit, backup], { secret: passphrase });

  assert.ok(running.files > 3 && running.bytes > 10_000 && running.contents_sha256.length === 64);
  assert.deepEqual(stopped, running);
  assert.match(byKit.stdout, new RegExp(`whole: ${running.files} files, ${running.bytes} bytes`));
  assert.match(byKit.stdout, new RegExp(running.contents_sha256));
  assert.deepEqual(shown, made);
  assert.equal(made.opens_backups_from, new Date().toISOString().slice(0, 7));
  assert.deepEqual([rehearsed.opens, rehearsed.missing_owners], [true, 0]);
  assert.equal(fs.statSync(backup).size, size);
  await instance.start();
});

test('what was changed, is cut off or is another instance\'s does not verify', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  await instance.init();
  const other = await Instance.start(t);
  await other.init();
  const backup = safe('one.backup');
  await hostSucceeds(['backup', 'create', '--data-dir', instance.directory, backup]);
  const verify = (file, of = instance) => host(['backup', 'verify', '--data-dir', of.directory, file]);
  const size = fs.statSync(backup).size;

  for (const at of [3, 30, 70, Math.floor(size / 2), size - 1]) {
    assert.notEqual((await verify(changed(backup, at))).status, 0, `byte ${at}`);
  }
  fs.copyFileSync(backup, safe('short.backup'));
  fs.truncateSync(safe('short.backup'), size - 10);
  assert.match((await verify(safe('short.backup'))).stderr, /cut off/);
  assert.match((await verify(backup, other)).stderr, /another instance's/);
  assert.match((await verify(safe('nothing'))).stderr, /nothing/);
  assert.equal((await verify(backup)).status, 0);
});

test('the list says what lies in a directory, and what does not', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  await instance.init();
  const folder = safe('backups');
  fs.mkdirSync(folder);
  for (const name of ['a.backup', 'b.backup']) {
    await hostSucceeds(['backup', 'create', '--data-dir', instance.directory, path.join(folder, name)]);
  }
  fs.writeFileSync(path.join(folder, 'c.backup.partial'), 'x');
  fs.writeFileSync(path.join(folder, 'notes.txt'), 'x');

  const text = (await hostSucceeds(['backup', 'list', folder])).stdout;
  const listed = JSON.parse((await hostSucceeds(['backup', 'list', '--json', '--set', 'backups.retention_months=3', folder])).stdout);

  assert.match(text, /a\.backup/);
  assert.match(text, /c\.backup\.partial is no backup/);
  assert.match(text, /1 other files/);
  assert.deepEqual(listed.backups.map(({ file }) => file), ['b.backup', 'a.backup']);
  const month = new Date();
  month.setUTCDate(1);
  assert.equal(listed.backups[0].month, month.toISOString().slice(0, 7));
  month.setUTCMonth(month.getUTCMonth() + 3);
  assert.equal(listed.backups[0].readable_until, month.toISOString().slice(0, 7));
  assert.equal(listed.backups[0].is_over, false);
  assert.deepEqual([listed.partial, listed.others], [['c.backup.partial'], 1]);
  assert.notEqual((await host(['backup', 'list', safe('nowhere')])).status, 0);
});

test('a switch of roots on an instance that does not run says what to do instead', async (t) => {
  const instance = await Instance.start(t);
  await instance.stop();
  const refused = await host(['ca', 'switch-to-standby', safePlace(t)('standby-root.pem'), '--data-dir', instance.directory]);
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /does not run: start it[^]*root-request request\.pem --switch[^]*accept-root/);
});
