// A host that is short of room: a disk that is really full, a process that may have few files open. The owner is
// told what to do, devices are refused politely, and all goes on by itself.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { client } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { wholeFile } from './support/file.mjs';
import { bin, Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const file = wholeFile();
const run = promisify(execFile);

/** A file system of that size, or nothing where nobody may mount one. */
function smallDisk(megabytes) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-disk-'));
  file.after(() => fs.rmdirSync(folder));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'fastness', folder], { stdio: 'pipe' });
  } catch {
    return undefined;
  }
  file.after(() => execFileSync('umount', [folder]));
  return folder;
}

/** Writes until there is no room for a byte more. Returns the file. */
function fill(folder) {
  const ballast = path.join(folder, 'ballast');
  const descriptor = fs.openSync(ballast, 'w');
  try {
    for (let size = 1 << 20; size >= 1; size /= 16) {
      try {
        for (;;) fs.writeSync(descriptor, Buffer.alloc(size));
      } catch (error) {
        assert.equal(error.code, 'ENOSPC');
      }
    }
  } finally {
    fs.closeSync(descriptor);
  }
  return ballast;
}

const titles = async (api) => (await api('GET', '/api/v1/home')).attention.map((each) => each.title);

/** Publishes and resolves to what came of it: 'acknowledged', or the reason code of the server's goodbye. */
function publish(board, topic, payload, options = {}) {
  board.farewell ??= once(board, 'disconnect').then(([packet]) => packet.reasonCode);
  return Promise.race([board.publishAsync(topic, payload, { qos: 1, ...options }).then(() => 'acknowledged'), board.farewell]);
}

test('a full disk refuses messages politely, is told of, and is over once there is room', async (t) => {
  const disk = smallDisk(200);
  if (!disk) return t.skip('nobody may mount a file system here');
  const directory = path.join(disk, 'data');
  fs.mkdirSync(directory, { mode: 0o700 });
  const instance = await Instance.start(file, {
    directory,
    settings: { 'limits.mqtt_messages_per_second': '100000', 'limits.mqtt_bytes_per_second': '1000000000', 'limits.mqtt_message_burst': '100000' },
  });
  const api = await client(instance, await instance.init());
  const identity = await enrol(instance, api, { name: 'b' });
  const board = await connect(instance, identity, { protocolVersion: 5 });
  assert.equal(await publish(board, 'site/kept/0', '0', { retain: true }), 'acknowledged');
  const kept = ['0'];

  const ballast = fill(disk);
  // The journal still has what it took of the disk before.
  let answer;
  const large = Buffer.alloc(200_000, 'x');
  for (let i = 1; i < 1_000; ++i) {
    answer = await publish(board, 'site/large', large);
    if (answer === 'acknowledged' && i % 40 === 0) {
      answer = await publish(board, `site/kept/${i}`, String(i), { retain: true });
      if (answer === 'acknowledged') kept.push(String(i));
    }
    if (answer !== 'acknowledged') break;
  }
  assert.equal(answer, 0x89);
  assert.ok(kept.length > 3, `${kept.length} were taken`);
  board.end(true);

  assert.ok((await titles(api)).includes('The disk is full: messages are refused'));
  const status = await run(path.join(bin, 'fastnessd'), ['host', 'status', '--data-dir', directory]);
  assert.match(status.stdout, /needs you +The disk is full: messages are refused\. Make room/);
  const again = await connect(instance, identity, { protocolVersion: 5 });
  assert.equal(await publish(again, 'site/large', large), 0x89);
  again.end(true);

  fs.rmSync(ballast);
  await waitFor('the server to see that there is room', async () => !(await titles(api)).some((title) => /refused|The disk is full/.test(title)), { seconds: 90 });
  const healthy = await connect(instance, identity, { protocolVersion: 5 });
  assert.equal(await publish(healthy, 'site/kept/last', 'last', { retain: true }), 'acknowledged');
  kept.push('last');
  healthy.end(true);
  assert.ok(!/ restarting/.test(instance.log), instance.log);

  await instance.restart();
  const reader = await connect(instance, identity);
  t.after(() => reader.end(true));
  await reader.subscribeAsync('site/kept/#', { qos: 1 });
  await reader.next('the last of them', ({ payload }) => payload.toString() === 'last');
  assert.deepEqual(reader.inbox.map(({ payload }) => payload.toString()).sort(), kept.sort());
});

test('few open files: devices are turned away, the owner comes in and is told, and it is over by itself', async (t) => {
  const instance = await Instance.start(file, { openFiles: 256 });
  const api = await client(instance, await instance.init());
  const board = await connect(instance, await enrol(instance, api, { name: 'b' }), { protocolVersion: 5 });
  t.after(() => board.end(true));
  const late = await enrol(instance, api, { name: 'late' });
  assert.deepEqual(await titles(api), []);

  const callers = new Set();
  for (let i = 0; i < 150; ++i) {
    const caller = net.connect({ host: '127.0.0.1', port: instance.port('mqtts') });
    caller.on('error', () => {});
    caller.on('close', () => callers.delete(caller));
    await once(caller, 'connect');
    callers.add(caller);
  }
  await waitFor('too many to be turned away', () => callers.size < 120);

  assert.match((await titles(api)).join(), /^No more devices can connect: 1\d\d connections are open/);
  await assert.rejects(connect(instance, late), 'a device found a place');
  assert.equal(await publish(board, 'site/here', 'still'), 'acknowledged');

  for (const caller of callers) caller.destroy();
  await waitFor('places to be free', async () => (await titles(api)).length === 0);
  const there = await connect(instance, late);
  there.end(true);
});
