// Backups by schedule: made when due beside the instance that runs, read back, and only then are old ones removed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';

const hour = 3_600_000;
const nameAt = (time) => `fastness-${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.backup`;

async function scheduled(t, keep) {
  const folder = safePlace(t)('backups');
  fs.mkdirSync(folder);
  const settings = { 'backups.directory': folder, 'backups.every_hours': '24', 'backups.keep': String(keep) };
  const instance = await Instance.start(t, { settings });
  await instance.init();
  const given = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const schedule = ['backup', 'schedule', '--data-dir', instance.directory, ...given];
  return { folder, instance, schedule, left: () => fs.readdirSync(folder).sort() };
}

/** As if the backups had been made so long ago. */
function age(folder, by) {
  for (const name of fs.readdirSync(folder).filter((each) => /^fastness-\d{8}T/.test(each))) {
    const [, y, mo, d, h, mi, s] = name.match(/(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/);
    fs.renameSync(path.join(folder, name), path.join(folder, nameAt(Date.UTC(y, mo - 1, d, h, mi, s) - by)));
  }
}

test('a backup is made when one is due, verified, and the oldest goes only then', async (t) => {
  const { folder, instance, schedule, left } = await scheduled(t, 2);
  fs.writeFileSync(path.join(folder, 'mine.backup'), 'not yours');
  fs.writeFileSync(path.join(folder, `${nameAt(Date.now() - 30 * hour)}.partial`), 'cut off');

  assert.equal(JSON.parse((await hostSucceeds([...schedule, '--json'])).stdout).is_due, true);
  await hostSucceeds([...schedule, '--make']);
  await hostSucceeds([...schedule, '--make']);
  assert.equal(left().length, 2, 'none was due the second time');
  const first = left().find((name) => name.startsWith('fastness-'));
  await hostSucceeds(['backup', 'verify', '--data-dir', instance.directory, path.join(folder, first)]);
  assert.equal(fs.statSync(path.join(folder, first)).mode & 0o777, 0o600);

  for (let day = 0; day < 3; ++day) {
    age(folder, 25 * hour);
    await hostSucceeds([...schedule, '--make']);
  }
  assert.equal(left().filter((name) => name.startsWith('fastness-')).length, 2);
  assert.ok(left().includes('mine.backup'));
  const shown = JSON.parse((await hostSucceeds([...schedule, '--json'])).stdout);
  assert.deepEqual([shown.backups, shown.is_due, shown.keep, shown.every_hours], [2, false, 2, 24]);
  assert.match((await hostSucceeds(schedule)).stdout, /newest .*, proved whole\nnext +after /);
});

test('what fails removes nothing, and what is overdue is said', async (t) => {
  const { folder, instance, schedule, left } = await scheduled(t, 1);
  await hostSucceeds([...schedule, '--make']);
  age(folder, 49 * hour);
  const before = left();
  await instance.stop();

  assert.notEqual((await host([...schedule, '--make'])).status, 0, 'no instance runs');
  assert.deepEqual(left(), before);
  assert.match((await hostSucceeds(schedule)).stdout, /needs you .*No backup was made in time/);

  fs.renameSync(folder, `${folder}.away`);
  assert.match((await host([...schedule, '--make'])).stderr, /backups\.directory/);
  assert.match((await host(['backup', 'schedule', '--data-dir', instance.directory])).stderr, /no backup is made by itself/);
});
