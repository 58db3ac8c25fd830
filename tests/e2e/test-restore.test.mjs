// A new backup is restored on trial: what the disk had lost before it was backed up is found and told, nothing stays, and a disk
// without room is not filled.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';

async function scheduled(t, { directory, keep = 3 } = {}) {
  const folder = safePlace(t)('backups');
  fs.mkdirSync(folder);
  const settings = { 'backups.directory': folder, 'backups.every_hours': '24', 'backups.keep': String(keep) };
  const instance = await Instance.start(t, { settings, directory });
  const key = await instance.init();
  const given = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const make = ['backup', 'schedule', '--data-dir', instance.directory, ...given, '--make'];
  const status = async () => (await hostSucceeds(['status', '--data-dir', instance.directory])).stdout;
  const scratch = path.join(instance.directory, 'run/test-restore');
  return { folder, instance, key, make, status, scratch, made: () => fs.readdirSync(folder).filter((name) => name.endsWith('.backup')) };
}

async function publishSome(instance, key, count) {
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: board.id });
  await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'counter', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE' });
  const session = await connect(instance, board, { protocolVersion: 5 });
  for (let value = 1; value <= count; ++value) await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ counter: value }), { qos: 1 });
  await session.endAsync();
}

test('a backup that is made is restored, opened, and leaves nothing', async (t) => {
  const { instance, key, make, status, scratch, made } = await scheduled(t);
  assert.match(await status(), /^newest backup +none yet\ntest restore +none yet$/m);
  await publishSome(instance, key, 20);
  await hostSucceeds(make);

  assert.match(await status(), /^newest backup +20\d\d-.* UTC\ntest restore +20\d\d-.* UTC$/m);
  assert.doesNotMatch(await status(), /needs you/);
  assert.equal(made().length, 1);
  assert.deepEqual(fs.readdirSync(scratch), []);
  assert.equal(fs.statSync(scratch).mode & 0o777, 0o700);
});

test('what a crash left of one is gone after the next start', async (t) => {
  const { instance, scratch } = await scheduled(t);
  await instance.stop();
  fs.mkdirSync(path.join(scratch, 'files/values'), { recursive: true, mode: 0o700 });
  fs.writeFileSync(path.join(scratch, 'files/values/000001.sst'), 'half');
  await instance.start();
  assert.deepEqual(fs.readdirSync(scratch), []);
});

test('damage that was backed up is found, told to the host, and costs no backup', async (t) => {
  const { instance, key, make, status, scratch, made } = await scheduled(t);
  await publishSome(instance, key, 20);
  const journal = path.join(instance.directory, 'hub/journal');
  const segment = path.join(journal, fs.readdirSync(journal).find((name) => name.startsWith('segment-')));
  const file = fs.openSync(segment, 'r+');
  const byte = Buffer.alloc(1);
  const at = 4096 + 70;  // in the first frame
  fs.readSync(file, byte, 0, 1, at);
  fs.writeSync(file, Buffer.from([byte[0] ^ 1]), 0, 1, at);
  fs.closeSync(file);

  const done = await host(make);

  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /the backup was made, and restored on trial it is not whole: .*journal/);
  assert.equal(made().length, 1, 'it may be the best there is');
  assert.match(await status(), /needs you +Test restores fail since .*, none has passed yet: a backup was made and restored/);
  const { checks } = await (await client(instance, key))('GET', '/api/v1/checks');
  const check = checks.find(({ id }) => id === 'scheduled-backup');
  assert.deepEqual([check.state, check.subjects[0].name], ['attention', 'Test restores']);
  assert.deepEqual(fs.readdirSync(scratch), []);
});

test('a disk without room for a second copy is not filled, and the backup is made', async (t) => {
  const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=400m', 'fastness', disk], { stdio: 'pipe' });
  } catch {
    fs.rmdirSync(disk);
    return t.skip('nobody may mount a file system here');
  }
  const directory = path.join(disk, 'data');
  const { make, status, scratch, made } = await scheduled(t, { directory });
  t.after(() => {
    execFileSync('umount', ['-l', disk]);
    fs.rmdirSync(disk);
  });
  const before = fs.statfsSync(disk).bavail;
  fs.writeFileSync(path.join(disk, 'ballast'), Buffer.alloc(Math.max(0, before * fs.statfsSync(disk).bsize - 200_000_000)));

  const done = await host(make);

  assert.notEqual(done.status, 0);
  assert.match(done.stderr, /No test restore: the disk of the data directory has \d+ MB free, and a test restore takes \d+ MB/);
  assert.equal(made().length, 1);
  assert.deepEqual(fs.readdirSync(scratch), []);
  assert.match(await status(), /needs you +Test restores fail since .*too little room for a second copy/);
  fs.rmSync(path.join(disk, 'ballast'));
});
