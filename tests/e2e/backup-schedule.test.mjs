// Backups by schedule: made when due beside the instance that runs, read back, and only then are old ones removed; what fails
// is told, once.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { client } from './support/api.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { MailSink, waitForMail } from './support/mail_sink.mjs';

const hour = 3_600_000;
const nameAt = (time) => `fastness-${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z.backup`;

async function scheduled(t, keep, more = {}) {
  const folder = safePlace(t)('backups');
  fs.mkdirSync(folder);
  const settings = { 'backups.directory': folder, 'backups.every_hours': '24', 'backups.keep': String(keep) };
  const instance = await Instance.start(t, { settings: { ...settings, ...more } });
  const key = await instance.init();
  const given = Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  const schedule = ['backup', 'schedule', '--data-dir', instance.directory, ...given];
  return { folder, instance, key, schedule, left: () => fs.readdirSync(folder).sort() };
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

test('a failure is told once where people are, and once when it is over, whatever was started again', async (t) => {
  const certificate = makeCertificate(t);
  const password = 'correct-horse-7Kq2';
  const passwordFile = path.join(certificate.directory, 'password');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const sink = await MailSink.start(t, { ...certificate, password });
  const { folder, instance, key, schedule } = await scheduled(t, 2, {
    'alarms.mail_to': 'operator@example.org', 'outgoing.allow': '["127.0.0.1", "::1"]', 'outgoing.anchors_file': certificate.file,
    'mail.server': `smtp://localhost:${sink.port}`, 'mail.from': 'fastness@example.org', 'mail.user': 'me', 'mail.password_file': passwordFile,
  });
  const check = async () => (await (await client(instance, key))('GET', '/api/v1/checks')).checks.find(({ id }) => id === 'scheduled-backup');
  const status = async () => (await hostSucceeds(['status', '--data-dir', instance.directory])).stdout;
  await hostSucceeds([...schedule, '--make']);
  assert.equal((await check()).state, 'passed');

  fs.renameSync(folder, `${folder}.away`);
  for (let i = 0; i < 2; ++i) assert.notEqual((await host([...schedule, '--make'])).status, 0);
  assert.equal((await check()).state, 'attention');
  assert.match(await status(), /needs you +Backups fail since .*could not be read or written/);
  await waitForMail('the mail', () => sink.mails.length === 1);
  assert.match(sink.mails[0].body, /could not be read or written/);
  assert.ok(!sink.mails[0].body.includes(folder), 'where it lies is for the host alone');
  await waitForMail('its mark: without it, it is sent again after a start', () => instance.log.includes('alarm_told'));

  await instance.stop();
  await instance.start();
  assert.notEqual((await host([...schedule, '--make'])).status, 0);
  assert.equal((await check()).state, 'attention');

  fs.renameSync(`${folder}.away`, folder);
  await hostSucceeds([...schedule, '--make']);
  assert.equal((await check()).state, 'passed');
  assert.doesNotMatch(await status(), /Backups fail/);
  await waitForMail('the second mail', () => sink.mails.length === 2);
  assert.match(sink.mails[1].body, /were well again/);
});
