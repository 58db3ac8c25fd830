// Passwords that are known from breaches, by a server of real processes with a list as Have I Been Pwned gives it out.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { request } from './support/api.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const email = 'owner@example.org';
const stolen = 'a long enough passphrase for tests';
const stolenLater = 'violet tractor umbrella lamp';
const unheardOf = 'another battery of horses';
const samePage = { 'sec-fetch-site': 'same-origin' };

/** A list with these and a few thousand others, in a folder of its own. */
function keep(t, passwords) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-breaches-'));
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'pwnedpasswords.txt');
  fs.writeFileSync(file, listOf(passwords));
  return file;
}

function listOf(passwords) {
  const others = Array.from({ length: 5000 }, (_, i) => `other ${i}`);
  const hashes = [...others, ...passwords].map((each) => createHash('sha1').update(each).digest('hex').toUpperCase());
  return hashes.sort().map((hash, i) => `${hash}:${i * 37 + 1}\r\n`).join('');
}

function assertRefused(answer, field) {
  assert.equal(answer.status, 400, answer.text);
  assert.equal(answer.json.error.field, field);
  assert.match(answer.json.error.message, /^is known from a breach, .*: choose another/);
}

test('nobody chooses a password that is known from a breach, and whoever has one still comes in', async (t) => {
  const list = keep(t, [stolen]);
  const instance = await Instance.start(t, { settings: { 'accounts.breached_passwords': list } });
  const { setup_token: token } = await instance.init();
  const setUp = (password) => request(instance, 'POST', '/api/v1/setup', { body: { token, email, password, organisation: 'Greenhouse' } });
  assertRefused(await setUp(stolen), 'password');
  const begun = await setUp(stolenLater);
  assert.equal(begun.status, 201, begun.text);
  const headers = { cookie: begun.headers['set-cookie'][0].split(';')[0], 'x-fastness-csrf': begun.json.csrf };

  const invited = await request(instance, 'POST', '/api/v1/invitations', { body: { email: 'member@example.org', role: 'member' }, headers });
  assert.equal(invited.status, 201, invited.text);
  const join = (password) =>
    request(instance, 'POST', '/api/v1/invitations/join', { body: { token: new URL(invited.json.link).hash.slice(1), password }, headers: samePage });
  assertRefused(await join(stolen), 'password');
  assert.equal((await join(unheardOf)).status, 201);

  // A newer list is renamed over the old one, and read at the next start.
  fs.writeFileSync(`${list}.new`, listOf([stolen, stolenLater]));
  fs.renameSync(`${list}.new`, list);
  const change = (password) => request(instance, 'POST', '/api/v1/account/password', { body: { current_password: stolenLater, new_password: password }, headers });
  assertRefused(await change(stolen), 'new_password');
  await instance.restart();
  const signedIn = await request(instance, 'POST', '/api/v1/session', { body: { email, password: stolenLater } });
  assert.equal(signedIn.status, 201, signedIn.text);
  assertRefused(await change(stolenLater), 'new_password');

  // Written over instead, it is believed no more: nobody chooses, everybody comes in, and the host is told.
  fs.truncateSync(list, 0);
  assert.equal((await change(unheardOf)).status, 503);
  await waitFor('the line of the log', () => /breached_passwords_not_read [^\n]*written into/.test(instance.log));
  assert.equal((await request(instance, 'POST', '/api/v1/session', { body: { email, password: stolenLater } })).status, 201);
  for (const secret of [stolen, stolenLater, unheardOf, createHash('sha1').update(stolen).digest('hex')]) {
    assert.ok(!instance.log.toLowerCase().includes(secret), 'no password and no hash is in the log');
  }

  fs.writeFileSync(`${list}.new`, listOf([stolen, stolenLater]));
  fs.renameSync(`${list}.new`, list);
  await instance.restart();
  assert.equal((await change(unheardOf)).status, 204);
});

test('a server does not start on a list of breached passwords that is none, and says why', async (t) => {
  const none = keep(t, []);
  fs.writeFileSync(none, 'password\n123456\n');
  const missing = path.join(os.tmpdir(), 'fastness-no-such-folder', 'pwnedpasswords.txt');
  for (const [file, why] of [
    [missing, /accounts\.breached_passwords: [^\n]*pwnedpasswords\.txt[^\n]*No such file/],
    [none, /accounts\.breached_passwords: [^\n]*is no list of passwords from breaches[^\n]*docs\/accounts\.md/],
  ]) {
    const instance = new Instance({ settings: { 'accounts.breached_passwords': file } });
    t.after(() => instance.destroy());
    await assert.rejects(instance.start(), why);
  }
});
