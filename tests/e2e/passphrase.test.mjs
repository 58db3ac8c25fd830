// A vault whose root key comes from a passphrase: who has the disk and not the passphrase has nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Instance } from './support/instance.mjs';

const passphrase = 'four-unrelated-words-Zq81xVt7';

test('the vault opens with its passphrase and with no other, and says which is missing', async (t) => {
  const instance = await Instance.start(t, { settings: { 'vault.key': 'passphrase' }, passphrase });
  const anchors = instance.anchors.toString();
  await instance.stop();

  instance.passphrase = 'four-unrelated-words-Zq81xVt8';
  instance.log = '';
  await assert.rejects(instance.start(), /did not open with this passphrase/);
  instance.passphrase = undefined;
  await assert.rejects(instance.start(), /needs a terminal to ask at, or --passphrase-fd/);

  instance.passphrase = passphrase;
  await instance.start();
  assert.equal(instance.anchors.toString(), anchors);
  assert.ok(!instance.log.includes(passphrase));
  for (const name of fs.readdirSync(instance.directory, { recursive: true })) {
    const file = path.join(instance.directory, name);
    if (fs.statSync(file).isFile()) assert.ok(!fs.readFileSync(file).includes(passphrase), name);
  }
});

test('a passphrase that is short or easy to guess makes no vault', async (t) => {
  const instance = new Instance({ settings: { 'vault.key': 'passphrase' }, passphrase: 'too short' });
  t.after(() => instance.destroy());
  await assert.rejects(instance.start(), /needs twelve characters/);
  instance.passphrase = 'passwordpassword1234';
  await assert.rejects(instance.start(), /easy to guess: take five words/);
  instance.passphrase = passphrase;
  await instance.start();
});
