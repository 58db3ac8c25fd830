// What a thief of the disk finds: every file the server wrote is searched for what was planted.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { files } from './support/files.mjs';
import { Instance } from './support/instance.mjs';

/** Every spelling in which a value could lie in a file. */
function spellings(text) {
  const utf8 = Buffer.from(text);
  return {
    plain: utf8,
    hex: Buffer.from(utf8.toString('hex')),
    HEX: Buffer.from(utf8.toString('hex').toUpperCase()),
    utf16: Buffer.from(text, 'utf16le'),
    utf16be: Buffer.from(text, 'utf16le').swap16(),
    // Base64 depends on where in a group of three the text begins, so its middle is searched for.
    ...Object.fromEntries([0, 1, 2].map((shift) => [
      `base64+${shift}`,
      Buffer.from(Buffer.concat([Buffer.alloc(shift), utf8]).toString('base64').slice(shift ? 4 : 0, -4)),
    ])),
  };
}

test('no planted secret or personal value is in any file', async (t) => {
  const instance = await Instance.start(t);
  const email = 'planted.person.q7x@example.org';
  const organisation = 'Planted Organisation Q7X';
  const key = await instance.init({ organisation, email });
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: board.id });
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
  await instance.stop();

  // The test's own copies of the board's identity are not the server's files.
  for (const own of [board.key, board.certificate, board.key.replace(/key$/, 'csr')]) fs.rmSync(own);
  const planted = { email, organisation, password, reading, message, 'API key secret': key.client_secret };
  let searched = 0;
  for (const file of files(instance.directory)) {
    const content = fs.readFileSync(file);
    searched += content.length;
    assert.ok(!content.subarray(0, 16).equals(Buffer.from('SQLite format 3\0')), `${file} is a plain database`);
    for (const [what, value] of Object.entries(planted)) {
      for (const [how, bytes] of Object.entries(spellings(value))) {
        assert.ok(!content.includes(bytes), `${what} is in ${path.relative(instance.directory, file)} (${how})`);
      }
    }
  }
  assert.ok(searched > 10_000);
  for (const [what, value] of Object.entries(planted)) assert.ok(!instance.log.includes(value), `${what} is in the log`);
});
