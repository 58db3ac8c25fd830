// A backup of an instance that runs: nobody who publishes is held up, and everything that was acknowledged before the
// command is in what is restored from it. Whatever is killed meanwhile, nothing half is left.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { bin, Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const passphrase = 'five-unrelated-words-Kd72mPq9';
const busy = { 'limits.mqtt_messages_per_second': '100000', 'limits.mqtt_message_burst': '100000', 'limits.mqtt_bytes_per_second': '1000000000' };

const staged = (instance) => fs.readdirSync(path.join(instance.directory, 'run/backup'));

async function counterOf(instance, api) {
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: board.id });
  const counter = await api('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'counter', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE',
  });
  return { board, topic: `/a/t/${thing.id}/e/o`, property: counter.id };
}

/** Counts up until it is told to stop; knows when each value was acknowledged, and the longest wait for one. */
function publisher(session, topic) {
  const work = { acknowledged: [], slowest: 0, stop: false };
  work.done = (async () => {
    for (let value = 1; !work.stop; ++value) {
      const begun = performance.now();
      await session.publishAsync(topic, senml({ counter: value }), { qos: 1 });
      work.slowest = Math.max(work.slowest, performance.now() - begun);
      work.acknowledged.push(value);
    }
  })();
  return work;
}

async function valuesOf(api, property, from) {
  const { responses } = await api('POST', '/iot/v2/series/batch_query_raw', {
    resp_version: 1,
    requests: [{ q: `property.${property}`, from, to: new Date(Date.now() + 60_000), sort: 'ASC', series_limit: 1000 }],
  });
  return new Set(responses[0].values);
}

/** Starts the command and resolves once the program that packs is at work, with its process id. */
async function startBackup(instance, file) {
  const command = spawn(path.join(bin, 'fastnessd'), ['host', 'backup', 'create', '--data-dir', instance.directory, file]);
  const said = { stderr: '' };
  command.stderr.on('data', (chunk) => (said.stderr += chunk));
  const ended = once(command, 'close').then(([status]) => status);
  // It lives for a tenth of a second: looked for without a pause, and without a program that looks.
  const children = `/proc/${command.pid}/task/${command.pid}/children`;
  let over = false;
  void ended.then(() => (over = true));
  let packer = 0;
  while (!packer && !over) {
    packer = fs.existsSync(children) ? Number.parseInt(fs.readFileSync(children, 'utf8'), 10) || 0 : 0;
    await nextTurn();
  }
  assert.ok(packer, `the command ended before a program packed: ${said.stderr}`);
  return { command, packer, ended, said };
}

/** Incompressible weight in the hub's files, so that packing takes a while. */
async function fatten(instance, api, topic, board) {
  const session = await connect(instance, board, { protocolVersion: 5 });
  const large = Buffer.alloc(200_000, 'x');
  for (let i = 0; i < 300; ++i) await session.publishAsync(`site/large/${i}`, large, { qos: 1, retain: true });
  await session.endAsync();
}

test('boards publish without a pause while a backup is made, and all that was acknowledged before is restored', { timeout: 180_000 }, async (t) => {
  const safe = safePlace(t);
  const lost = await Instance.start(t, { settings: busy });
  const key = await lost.init();
  const api = await client(lost, key);
  const [kit, backup] = [safe('fastness.kit'), safe('fastness.backup')];
  await lost.stop();
  await hostSucceeds(['kit', 'create', '--data-dir', lost.directory, kit], { secret: passphrase });
  await lost.start();
  const again = await client(lost, key);
  const { board, topic, property } = await counterOf(lost, again);
  const from = new Date(Date.now() - 1000);
  const session = await connect(lost, board);
  const work = publisher(session, topic);
  await waitFor('some readings', () => work.acknowledged.length > 50);

  const before = work.acknowledged.length;
  const made = await hostSucceeds(['backup', 'create', '--data-dir', lost.directory, backup]);
  const after = work.acknowledged.length;
  work.stop = true;
  await work.done;
  await session.endAsync();

  assert.match(made.stdout, /Backed up \d+ files/);
  assert.equal(fs.statSync(backup).mode & 0o777, 0o600);
  assert.deepEqual(staged(lost), []);
  assert.ok(after > before, 'nothing was acknowledged meanwhile');
  assert.ok(work.slowest < 2_000, `somebody waited for ${Math.round(work.slowest)} ms`);
  await lost.stop();

  const directory = safe('new-host');
  await hostSucceeds(['restore', '--kit', kit, '--backup', backup, directory], { secret: passphrase });
  const instance = await Instance.start(t, { directory });
  const restored = await client(instance, key);
  const kept = await waitFor('the readings', async () => {
    const values = await valuesOf(restored, property, from);
    return work.acknowledged.slice(0, Math.min(before, 900)).every((value) => values.has(value)) && values;
  });
  assert.ok(kept.size >= Math.min(before, 900));
  await (await connect(instance, board)).endAsync();
  assert.ok(!/ledger_contradicts|audit_not_signed|unreadable=[1-9]/.test(instance.log), instance.log);
  await instance.stop();
});

test('whatever is killed in the middle, no half backup and no copy is left, and the next one succeeds', { timeout: 180_000 }, async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t, { settings: busy });
  const api = await client(instance, await instance.init());
  const { board, topic } = await counterOf(instance, api);
  await fatten(instance, api, topic, board);
  const left = () => fs.readdirSync(path.dirname(safe('x')));

  const packerDies = await startBackup(instance, safe('a.backup'));
  process.kill(packerDies.packer, 'SIGKILL');
  assert.notEqual(await packerDies.ended, 0);
  assert.match(packerDies.said.stderr, /fastness-backup ended with signal 9/);
  assert.deepEqual(left(), []);
  await waitFor('the copy to be removed', () => staged(instance).length === 0);

  const commandDies = await startBackup(instance, safe('b.backup'));
  commandDies.command.kill('SIGKILL');
  await commandDies.ended;
  await waitFor('the copy to be removed', () => staged(instance).length === 0);
  assert.ok(!fs.existsSync(safe('b.backup')), 'what is half has the name of a backup');
  fs.rmSync(safe('b.backup.partial'), { force: true });

  const hostDies = await startBackup(instance, safe('c.backup'));
  await instance.kill();
  assert.notEqual(await hostDies.ended, 0);
  assert.deepEqual(left(), []);
  await instance.start();
  assert.deepEqual(staged(instance), []);

  await hostSucceeds(['backup', 'create', '--data-dir', instance.directory, safe('d.backup')]);
  assert.deepEqual(left(), ['d.backup']);
});

test('one backup at a time, into a new file elsewhere, and a disk without room is said', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t);
  await instance.init();
  const create = (file) => host(['backup', 'create', '--data-dir', instance.directory, file]);

  assert.match((await create(path.join(instance.directory, 'a.backup'))).stderr, /is in the data directory/);
  const [one, two] = await Promise.all([create(safe('one.backup')), create(safe('two.backup'))]);
  const refused = [one, two].filter(({ status }) => status !== 0);
  for (const { stderr } of refused) assert.match(stderr, /being made already/);
  assert.ok(refused.length < 2);
  const made = fs.readdirSync(path.dirname(safe('x')));
  assert.equal(made.length, 2 - refused.length);
  assert.match((await create(safe(made[0]))).stderr, /exists/);

  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-disk-'));
  let unmount = () => {};
  t.after(() => (unmount(), fs.rmdirSync(folder)));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'fastness', folder], { stdio: 'pipe' });
  } catch {
    return t.diagnostic('nobody may mount a file system here');
  }
  unmount = () => execFileSync('umount', [folder]);
  const full = await create(path.join(folder, 'a.backup'));
  assert.notEqual(full.status, 0);
  assert.match(full.stderr, /No space left|disk is full/i);
  assert.deepEqual(fs.readdirSync(folder), []);
  assert.deepEqual(staged(instance), []);
});
