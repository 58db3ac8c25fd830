// What is stored goes over to another cipher: by a setting and a restart, without a word lost.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

/** What the newest segment of the journal says that it is sealed by. */
function sealedBy(instance) {
  const journal = path.join(instance.directory, 'hub/journal');
  const newest = fs.readdirSync(journal).filter((name) => name.startsWith('segment-')).sort().at(-1);
  const file = fs.openSync(path.join(journal, newest), 'r');
  try {
    const magic = Buffer.alloc(8);
    fs.readSync(file, magic, 0, magic.length, 0);
    return { FSTNJRN1: 'aes-256-gcm', FSTNJRN2: 'chacha20-poly1305' }[magic.toString('latin1')];
  } finally {
    fs.closeSync(file);
  }
}

test('what was sealed by one cipher opens under the other, after a stop and after a power cut', async (t) => {
  const withCipher = (cipher, directory) => Instance.start(t, { directory, settings: { 'data.cipher': cipher } });
  let instance = await withCipher('aes-256-gcm');
  const { directory } = instance;
  const key = await instance.init();
  let api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 'named under AES', device_id: board.id });
  const counter = await api('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'counter', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE',
  });
  const from = new Date(Date.now() - 60_000);
  const published = [];
  const publish = async (value) => {
    const session = await connect(instance, board);
    await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ counter: value }), { qos: 1 });
    session.end(true);
    published.push(value);
  };
  const assertAllIsThere = async () => {
    await waitFor('all values in the history', async () => {
      const { responses } = await api('POST', '/iot/v2/series/batch_query_raw', {
        resp_version: 1,
        requests: [{ q: `property.${counter.id}`, from, to: new Date(Date.now() + 60_000), sort: 'ASC', series_limit: 1000 }],
      });
      return JSON.stringify(responses[0].values) === JSON.stringify(published);
    });
    const [found] = await api('GET', `/iot/v2/things/${thing.id}/properties`);
    assert.equal(found.last_value, published.at(-1));
  };

  await publish(1);
  assert.equal(sealedBy(instance), 'aes-256-gcm');
  await assertAllIsThere();

  let value = 1;
  for (const [cipher, end] of [['chacha20-poly1305', 'stop'], ['aes-256-gcm', 'kill'], ['chacha20-poly1305', 'kill'], ['auto', 'stop']]) {
    await instance[end]();
    instance = await withCipher(cipher, directory);
    api = await client(instance, key);
    await assertAllIsThere();
    assert.equal((await api('GET', `/iot/v2/things/${thing.id}`)).name, 'named under AES');
    await publish(++value);
    if (cipher !== 'auto') assert.equal(sealedBy(instance), cipher);
    await assertAllIsThere();
  }
});

test('a cipher that nobody knows ends the start, and says which there are', async () => {
  const instance = new Instance({ settings: { 'data.cipher': 'aes-128-cbc' } });
  try {
    await assert.rejects(instance.start(), /data\.cipher.* must be one of auto aes-256-gcm chacha20-poly1305/s);
  } finally {
    await instance.destroy();
  }
});
