// Authority keys in a PKCS#11 token: SoftHSM2 stands for the hardware.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { makeToken, pin } from './support/token.mjs';

test('authority keys are made in a token, stay there, and are used after a restart without the PIN', async (t) => {
  const instance = await Instance.start(t, { settings: makeToken(t), tokenPin: pin });
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'first' });
  await (await connect(instance, board)).endAsync();
  assert.deepEqual(fs.readdirSync(path.join(instance.directory, 'vault/keys')), []);

  await instance.stop();
  instance.tokenPin = undefined;
  await instance.start();
  const second = await enrol(instance, api, { name: 'second' });
  await (await connect(instance, second)).endAsync();
  await (await connect(instance, board)).endAsync();
  assert.ok(!instance.log.includes(pin));
});

test('a token that does not open says why, and what to do', async (t) => {
  const settings = makeToken(t);
  const instance = new Instance({ settings });
  t.after(() => instance.destroy());
  await assert.rejects(instance.start(), /PIN of the token.*is needed this once: --token-pin-fd 0/);
  instance.tokenPin = '0000';
  await assert.rejects(instance.start(), /the token refused the PIN/);
  settings['vault.token_label'] = 'fortress';
  const elsewhere = new Instance({ settings, tokenPin: pin });
  t.after(() => elsewhere.destroy());
  await assert.rejects(elsewhere.start(), /no token is called fortress; the module has fastness/);
});
