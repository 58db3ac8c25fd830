// A person guards their account with an authenticator app, loses it, and sees who else is signed in; in a real browser.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { request } from './support/api.mjs';
import { openBrowser, openPage } from './support/browser.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';

const email = 'owner@example.org';
const password = 'a long enough passphrase for tests';

/** What an app shows (RFC 6238), `steps` of thirty seconds from now; not a line of it is the server's. */
function appCode(secret, steps = 0) {
  let bits = '';
  for (const letter of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

async function fillSetUp(instance, page) {
  const link = new URL(fs.readFileSync(path.join(instance.directory, 'setup-link'), 'utf8').trim());
  await page.goto(`${instance.url}${link.pathname}${link.hash}`);
  await page.getByLabel('Your e-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Name of your place').fill('Greenhouse');
  await page.getByRole('button', { name: 'Set up' }).click();
}

async function setUp(instance, page) {
  await fillSetUp(instance, page);
  await isIn(page);
}

/** Adds an app on the page that has the button for it; resolves to its secret and the recovery codes. */
async function giveApp(page) {
  await page.getByRole('button', { name: 'Add an authenticator app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add an authenticator app' });
  const secret = (await dialog.getByText(/^[A-Z2-7]{32}$/).textContent()).trim();
  await dialog.getByRole('img', { name: 'The secret as a QR code' }).waitFor();
  await dialog.getByLabel('Code that the app shows now').fill(appCode(secret));
  await dialog.getByRole('button', { name: 'Use this app' }).click();
  const codes = page.getByRole('dialog', { name: 'Your recovery codes' });
  await codes.waitFor();
  const recovery = await codes.getByRole('listitem').allTextContents();
  await codes.getByRole('button', { name: 'I have kept the codes' }).click();
  return { secret, recovery: recovery.map((code) => code.trim()) };
}

async function addApp(instance, page) {
  await page.goto(`${instance.url}/account`);
  const given = await giveApp(page);
  await page.getByText('10 recovery codes are left.').waitFor();
  return given;
}

async function signOut(page) {
  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail').waitFor();
}

async function givePassword(page) {
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

async function giveCode(page, code) {
  await page.getByLabel('Code of your app').fill(code);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

const isIn = (page) => page.getByRole('link', { name: 'Devices' }).first().waitFor();

test('an app is added, its codes count once, and a recovery code helps out', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  const { secret, recovery } = await addApp(instance, page);
  assert.equal(new Set(recovery).size, 10);
  for (const code of recovery) assert.match(code, /^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);

  await signOut(page);
  await givePassword(page);
  await page.getByLabel('Code of your app').waitFor();
  assert.equal(await page.evaluate(async () => (await fetch('/api/v1/session')).status), 401, 'the password alone is no session');
  await giveCode(page, recovery[0].toLowerCase().replaceAll('-', ' '));
  await isIn(page);

  // The same by requests: what was used is used, also for a server that was started again.
  const ask = async (code) => {
    const first = await request(instance, 'POST', '/api/v1/session', { body: { email, password } });
    assert.equal(first.status, 200, first.text);
    assert.equal(first.headers['set-cookie'], undefined);
    return (await request(instance, 'POST', '/api/v1/session/factor', { body: { token: first.json.factor_token, code } })).status;
  };
  const code = appCode(secret, 1);
  assert.equal(await ask(code), 201);
  assert.equal(await ask(code), 401);
  assert.equal(await ask(recovery[0]), 401);
  await instance.restart();
  assert.equal(await ask(code), 401);
  assert.equal(await ask(recovery[0]), 401);
  assert.equal(await ask(recovery[1]), 201);
});

test('where everybody is asked for two factors, a password opens the way to a second one and nothing else', async (t) => {
  const instance = await Instance.start(t, { settings: { 'accounts.ask_for_two_factors': 'true' } });
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  const status = (where) => page.evaluate(async (at) => (await fetch(at)).status, where);
  await fillSetUp(instance, page);
  await page.getByRole('heading', { name: 'One more step' }).waitFor();
  assert.equal(await status('/api/v1/devices'), 403);
  assert.equal(await page.getByRole('link', { name: 'Devices' }).count(), 0);

  await page.goto(`${instance.url}/devices`);
  await page.getByRole('heading', { name: 'One more step' }).waitFor();

  const { secret } = await giveApp(page);
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
  assert.equal(await status('/api/v1/devices'), 200);

  await signOut(page);
  await givePassword(page);
  await giveCode(page, appCode(secret, 1));
  await isIn(page);

  // What was shown in a session is known to a server that was started again.
  const cookie = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join('; ');
  const user = { 'user-agent': await page.evaluate(() => navigator.userAgent) };
  await instance.restart();
  assert.equal((await request(instance, 'GET', '/api/v1/devices', { headers: { cookie, ...user } })).status, 200);
});

test('a link for a new password asks for the code, and only the host takes a lost factor away', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  await addApp(instance, page);
  const person = new Person(t);

  const made = await person.ok('host', 'setup-link', '--email', email, '--data-dir', instance.directory);
  const link = new URL(made.trim());
  await page.goto(`${instance.url}${link.pathname}${link.hash}`);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in with it' }).click();
  await page.getByRole('heading', { name: 'Your new password is kept' }).waitFor();
  await giveCode(page, '000000');
  await page.getByText('This code is wrong, or was used.').waitFor();

  const said = await person.ok('host', 'reset-factors', '--email', email, '--data-dir', instance.directory);
  assert.match(said, /signs in with the password alone now/);
  await page.goto(`${instance.url}/sign-in`);
  await givePassword(page);
  await isIn(page);
  await page.getByRole('heading', { name: /took your second factor away/ }).waitFor();
  await page.getByRole('link', { name: 'Show your account' }).click();
  await page.getByRole('button', { name: 'Add an authenticator app' }).waitFor();
});

test('what is dangerous asks for the password, and then goes on by itself', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  // Five minutes are long: the first answer is what the server gives after them.
  const problem = { error: { code: 'step_up_required', message: 'Show again who you are: this needs your password.' } };
  await page.route('**/api/v1/account/factor', (route) => route.fulfill({ status: 403, json: problem }), { times: 1 });

  await page.goto(`${instance.url}/account`);
  await page.getByRole('button', { name: 'Add an authenticator app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByLabel('Your password').fill('not the password');
  await dialog.getByRole('button', { name: 'Go on' }).click();
  await dialog.getByText('The password is wrong.').waitFor();
  await dialog.getByLabel('Your password').fill(password);
  await dialog.getByRole('button', { name: 'Go on' }).click();

  await page.getByRole('dialog', { name: 'Add an authenticator app' }).waitFor();
  assert.equal(await dialog.count(), 0);
});

test('sessions are seen and ended', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  const phone = { 'user-agent': 'Mozilla/5.0 (iPhone) Version/19.0 Mobile Safari/604.1' };
  const elsewhere = await request(instance, 'POST', '/api/v1/session', { body: { email, password }, headers: phone });
  assert.equal(elsewhere.status, 201, elsewhere.text);
  const cookie = elsewhere.headers['set-cookie'][0].split(';')[0];
  const isAlive = async () => (await request(instance, 'GET', '/api/v1/session', { headers: { cookie, ...phone } })).status === 200;
  assert.ok(await isAlive());

  await page.goto(`${instance.url}/account`);
  await page.getByText('Safari on iPhone').waitFor();
  await page.getByText(/this one/).waitFor();
  await page.getByRole('button', { name: /^Sign out Safari on iPhone/ }).click();
  await page.getByText('Safari on iPhone').waitFor({ state: 'detached' });

  assert.equal(await isAlive(), false);
  assert.equal(await page.evaluate(async () => (await fetch('/api/v1/session')).status), 200);
});
