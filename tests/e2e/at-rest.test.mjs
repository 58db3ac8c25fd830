// What a thief of the disk finds: every file the server wrote is searched for what was planted.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { hostSucceeds } from './support/host.mjs';
import { Instance } from './support/instance.mjs';
import { assertNowhere, spellings } from './support/search.mjs';

/** An instance in whose every kind of store something was planted, and what that was. */
async function planted(t) {
  const instance = await Instance.start(t, { settings: { 'log.level': 'debug' } });
  const email = 'planted.person.q7x@example.org';
  const organisation = 'Planted Organisation Q7X';
  const key = await instance.init({ organisation, email });
  const api = await client(instance, key);
  const names = { device: 'planted-device-name-q7x', thing: 'planted-thing-name-q7x', tag: 'planted-tag-of-a-thing-q7x' };
  const board = await enrol(instance, api, { name: names.device });
  const thing = await api('PUT', '/iot/v2/things', { name: names.thing, device_id: board.id });
  await api('PUT', `/iot/v2/things/${thing.id}/tags`, { key: 'place', value: names.tag });
  await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'note', type: 'CHARSTRING', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE' });
  const other = await api('PUT', '/iot/v2/devices', { name: 'e', type: 'login_and_secretkey_wifi' });
  const password = 'Planted-Secret-Of-A-Device-q7xPq9';
  await api('PUT', `/iot/v2/devices/${other.id}/pass`, { password });
  const reading = 'planted-reading-of-the-garden-q7x';
  const session = await connect(instance, board);
  await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ note: reading }), { qos: 1 });
  const message = 'planted-message-on-a-generic-topic-q7x';
  await session.publishAsync('garden/notes', message, { qos: 1, retain: true }).catch(() => {});
  session.end(true);
  // The test's own copies of the board's identity are not the server's files.
  for (const own of [board.key, board.certificate, board.key.replace(/key$/, 'csr')]) fs.rmSync(own);
  return { instance, email, values: { email, organisation, password, reading, message, ...names, 'API key secret': key.client_secret } };
}

function assertLogIsClean(instance, values) {
  for (const [what, value] of Object.entries(values)) {
    for (const [how, bytes] of Object.entries(spellings(value))) {
      assert.ok(!Buffer.from(instance.log).includes(bytes), `${what} is in the log (${how})`);
    }
  }
}

/** The processes of an instance, the one that was started first. */
function processesOf(instance) {
  const listed = execFileSync('ps', ['-o', 'pid=', '-g', String(instance.pid)]).toString().trim();
  return listed.split(/\s+/).map(Number);
}

test('each spelling of a value is one that a search finds', () => {
  const value = 'planted-value-of-the-search-q7x';
  const bytes = Buffer.from(value);
  for (const shift of [0, 1, 2]) {
    const within = Buffer.concat([Buffer.from('ab'.slice(0, shift)), bytes, Buffer.from('cd')]);
    assert.ok(within.toString('base64').includes(spellings(value)[`base64+${shift}`].toString()), `base64+${shift}`);
    assert.ok(within.toString('base64url').includes(spellings(value)[`base64url+${shift}`].toString()), `base64url+${shift}`);
  }
  assert.ok(within16(value).includes(spellings(value).utf16));
  assert.ok(bytes.toString('hex').includes(spellings(value).hex.toString()));
});

const within16 = (value) => Buffer.from(`<${value}>`, 'utf16le');

test('no planted secret or personal value is in any file', async (t) => {
  const { instance, values } = await planted(t);
  await instance.stop();

  assert.ok(assertNowhere(instance.directory, values) > 10_000);
  assertLogIsClean(instance, values);
});

// A clean stop empties logs into files. A power cut leaves the write-ahead logs of both stores, and the journal, as they are.
test('nor after a power cut, in logs that nobody has emptied', async (t) => {
  const { instance, values } = await planted(t);
  assert.ok(fs.existsSync(path.join(instance.directory, 'hub')));
  await instance.kill();

  assertNowhere(instance.directory, values, 'after a power cut');
  await instance.start();
  await instance.stop();
  assertNowhere(instance.directory, values, 'after the recovery');
  assertLogIsClean(instance, values);
});

test('nor after an erasure, of which only ids are left', async (t) => {
  const { instance, email, values } = await planted(t);
  const { stdout } = await hostSucceeds(['user', 'erase', '--data-dir', instance.directory, '--yes', email]);
  assert.match(stdout, /^Erased\. /);
  await instance.kill();

  assertNowhere(instance.directory, values, 'after an erasure');
  assertLogIsClean(instance, values);
});

// What is in memory reaches no disk either: a process that is made to dump its core does not.
test('nor in a core, which no process of the server may leave', async (t) => {
  const { instance, values } = await planted(t);
  const begun = Date.now();
  const processes = processesOf(instance);
  assert.ok(processes.length >= 3, `${processes} are not all`);
  for (const pid of processes) {
    const limits = fs.readFileSync(`/proc/${pid}/limits`, 'utf8');
    assert.match(limits, /^Max core file size\s+0\s+0\s/m, `process ${pid} may leave a core`);
  }

  for (const pid of processes.slice(1)) {
    try {
      process.kill(pid, 'SIGABRT');
    } catch {
      // It ended with another one.
    }
  }
  await instance.kill();

  assertNowhere(instance.directory, values, 'after an abort');
  for (const folder of [process.cwd(), os.tmpdir()]) {
    const cores = fs.readdirSync(folder).filter((name) => /^core(\.|$)/.test(name) && fs.statSync(path.join(folder, name)).mtimeMs >= begun);
    assert.deepEqual(cores, [], `a core was left in ${folder}`);
  }
});
