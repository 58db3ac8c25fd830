// Passkeys by a real browser's authenticator, on the listener without TLS, with a second opinion of everything that it says:
// @simplewebauthn/server takes what our server takes, and refuses what it refuses.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';
import { openBrowser, openPage } from './support/browser.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';

const email = 'owner@example.org';
const password = 'a long enough passphrase for tests';

/** A page at http://localhost whose passkeys are in an authenticator that asks nobody. */
class Desk {
  /** `comesTo`: where the newcomer is once they have set up. */
  static async open(t, { settings = {}, comesTo = (desk) => desk.isIn() } = {}) {
    const desk = new Desk();
    desk.instance = await Instance.start(t, { settings: { 'listen.http': '["127.0.0.1:0"]', ...settings } });
    desk.url = `http://localhost:${desk.instance.port('http')}`;
    desk.context = await openBrowser(t, desk.instance);
    desk.page = await openPage(desk.context);
    // What the browser gave to the page, as WebAuthn writes it down.
    await desk.page.addInitScript(() => {
      for (const name of ['create', 'get']) {
        const ask = navigator.credentials[name].bind(navigator.credentials);
        navigator.credentials[name] = async (options) => {
          window.asking = options.mediation;
          const made = await ask(options);
          window.said = made.toJSON();
          return made;
        };
      }
    });
    desk.devtools = await desk.context.newCDPSession(desk.page);
    await desk.devtools.send('WebAuthn.enable');
    const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: false };
    ({ authenticatorId: desk.authenticatorId } = await desk.devtools.send('WebAuthn.addVirtualAuthenticator', { options }));
    await desk.#setUp();
    await comesTo(desk);
    return desk;
  }

  async #setUp() {
    const link = new URL(fs.readFileSync(path.join(this.instance.directory, 'setup-link'), 'utf8').trim());
    await this.page.goto(`${this.url}${link.pathname}${link.hash}`);
    await this.page.getByLabel('Your e-mail').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByLabel('Name of your place').fill('Greenhouse');
    await this.page.getByRole('button', { name: 'Set up' }).click();
  }

  isIn() {
    return this.page.getByRole('link', { name: 'Devices' }).first().waitFor();
  }

  /** Somebody's finger is on the authenticator until `then` has come; what was asked before goes on waiting. */
  async touch(act, then) {
    const hold = (enabled) => this.devtools.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.authenticatorId, enabled });
    await hold(true);
    await act();
    const come = await then();
    await hold(false);
    return come;
  }

  press(name, then, within = this.page) {
    return this.touch(() => within.getByRole('button', { name, exact: true }).click(), then);
  }

  /** Not before the form asks in its own way, which the finger would answer. */
  async signInByPasskey(then) {
    await this.page.waitForFunction(() => window.asking === 'conditional');
    return this.press('Sign in with a passkey', then);
  }

  said() {
    return this.page.evaluate(() => window.said);
  }

  async addPasskey(name) {
    await this.page.goto(`${this.url}/account`);
    const field = this.page.getByRole('textbox', { name: 'Name' });
    await this.press('Add a passkey', () => field.waitFor());
    const said = await this.said();
    await field.fill(name);
    await this.page.getByRole('button', { name: 'Save' }).click();
    await this.page.getByRole('button', { name: `Rename ${name}` }).waitFor();
    return said;
  }

  async signOut() {
    await this.page.evaluate(() => (window.asking = undefined));
    await this.page.getByRole('button', { name: 'Your account' }).click();
    await this.page.getByRole('menuitem', { name: 'Sign out' }).click();
    await this.page.getByLabel('E-mail').waitFor();
  }

  async signInByPassword(comesTo = () => this.isIn()) {
    await this.page.goto(`${this.url}/sign-in`);
    await this.page.getByLabel('E-mail').fill(email);
    await this.page.getByLabel('Password', { exact: true }).fill(password);
    await this.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await comesTo();
  }

  /** One more assertion, which the page does not send. */
  assertion() {
    return this.touch(async () => {}, () => this.page.evaluate(async () => {
      const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
      const offer = await (await fetch('/api/v1/session/passkey/options', { method: 'POST' })).json();
      const used = await navigator.credentials.get({ publicKey: { challenge: bytes(offer.challenge), rpId: offer.host, userVerification: 'required' } });
      return { said: used.toJSON(), challenge: offer.challenge };
    }));
  }

  /** The status of what our server says of it. */
  use(said) {
    const { authenticatorData, clientDataJSON, signature, userHandle } = said.response;
    const body = { credential: said.rawId, user_handle: userHandle, client_data: clientDataJSON, authenticator_data: authenticatorData, signature };
    return this.page.evaluate(async (sent) => (await fetch('/api/v1/session/passkey', {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(sent),
    })).status, body);
  }
}

const challengeIn = (said) => JSON.parse(Buffer.from(said.response.clientDataJSON, 'base64url')).challenge;

/** Whether the other implementation takes it, too. */
async function isTaken(verify) {
  try {
    return (await verify()).verified;
  } catch {
    return false;
  }
}

/** One bit of it is another. */
function tampered(said, part) {
  const bytes = Buffer.from(said.response[part], 'base64url');
  bytes[bytes.length - 1] ^= 1;
  return { ...said, response: { ...said.response, [part]: bytes.toString('base64url') } };
}

test('a passkey signs in, proves, and is refused once it is tampered with', async (t) => {
  const desk = await Desk.open(t);
  const { page, url } = desk;
  const here = { expectedOrigin: url, expectedRPID: 'localhost', requireUserVerification: true };
  const made = await desk.addPasskey('Key ring');

  const registered = await verifyRegistrationResponse({ response: made, expectedChallenge: challengeIn(made), ...here });
  assert.ok(registered.verified);
  const { credential, fmt } = registered.registrationInfo;
  assert.equal(fmt, 'none');
  const opinion = (said, challenge = challengeIn(said)) =>
    isTaken(() => verifyAuthenticationResponse({ response: said, expectedChallenge: challenge, credential, ...here }));

  await page.getByText('not used yet').waitFor();
  await desk.signOut();
  await desk.signInByPasskey(() => desk.isIn());
  assert.ok(await opinion(await desk.said()), 'the second opinion on what signed in');

  for (const part of ['signature', 'authenticatorData', 'clientDataJSON']) {
    const { said, challenge } = await desk.assertion();
    const wrong = tampered(said, part);
    assert.equal(await opinion(wrong, challenge), false, part);
    assert.ok([400, 401].includes(await desk.use(wrong)), part);
  }
  const { said, challenge } = await desk.assertion();
  assert.ok(await opinion(said, challenge));
  assert.equal(await desk.use(said), 201);
  assert.equal(await desk.use(said), 401, 'a challenge is good once');

  // Five minutes are long: the first answer is what the server gives after them.
  await page.goto(`${url}/account`);
  await page.getByText(/, used/).first().waitFor();
  const problem = { error: { code: 'step_up_required', message: 'Show again who you are: this needs your password.' } };
  await page.route('**/api/v1/account/factor', (route) => route.fulfill({ status: 403, json: problem }), { times: 1 });
  await page.getByRole('button', { name: 'Add an authenticator app' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await desk.press('Use a passkey', () => page.getByRole('dialog', { name: 'Add an authenticator app' }).waitFor(), dialog);
  assert.ok(await opinion(await desk.said()), 'the second opinion on the proof');
});

test('a copy that counts fewer uses is refused and seen; what is removed or reset signs in no more', async (t) => {
  const desk = await Desk.open(t);
  const { page, devtools, authenticatorId } = desk;
  await desk.addPasskey('Phone');
  await desk.signOut();
  await desk.signInByPasskey(() => desk.isIn());

  const { credentials: [original] } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
  await devtools.send('WebAuthn.removeCredential', { authenticatorId, credentialId: original.credentialId });
  await devtools.send('WebAuthn.addCredential', { authenticatorId, credential: { ...original, signCount: 0 } });
  await desk.signOut();
  const refused = () => page.getByText('This passkey does not sign in here.').waitFor();
  await desk.signInByPasskey(refused);

  await desk.signInByPassword();
  await page.goto(`${desk.url}/account`);
  await page.getByText(/There may be two of it/).waitFor();
  await page.getByRole('button', { name: 'Remove Phone' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
  await page.getByText('None. With one you sign in by a finger').waitFor();
  await desk.signOut();
  await desk.signInByPasskey(refused);

  await desk.signInByPassword();
  await devtools.send('WebAuthn.clearCredentials', { authenticatorId });
  await desk.addPasskey('Another');
  await new Person(t).ok('host', 'reset-factors', '--email', email, '--data-dir', desk.instance.directory);
  await desk.signOut();
  await desk.signInByPasskey(refused);
});

test('T15: where everybody is asked for two factors, a password alone stops at the passkey', async (t) => {
  const oneMoreStep = ({ page }) => page.getByRole('heading', { name: 'One more step' }).waitFor();
  const desk = await Desk.open(t, { settings: { 'accounts.ask_for_two_factors': 'true' }, comesTo: oneMoreStep });
  const { page } = desk;
  const status = (where) => page.evaluate(async (at) => (await fetch(at)).status, where);
  await desk.press('Add a passkey', () => desk.isIn());
  assert.equal(await status('/api/v1/devices'), 200);

  await desk.signOut();
  await desk.signInByPassword(() => oneMoreStep(desk));
  assert.equal(await status('/api/v1/devices'), 403);
  assert.equal(await page.getByRole('button', { name: 'Add a passkey' }).count(), 0);
  await page.getByRole('button', { name: 'Show it' }).click();
  const dialog = page.getByRole('dialog', { name: 'Is it you?' });
  await dialog.getByText('your passkey is that').waitFor();
  assert.equal(await dialog.getByLabel('Your password').count(), 0, 'it would not be enough');
  await desk.press('Use a passkey', () => desk.isIn(), dialog);
  assert.equal(await status('/api/v1/devices'), 200);
});

test('an address of numbers has no passkeys, and the console says so', async (t) => {
  const desk = await Desk.open(t);
  const { page, instance } = desk;
  await page.goto(`https://127.0.0.1:${instance.port('https')}/sign-in`);
  await page.getByLabel('E-mail').fill(email);
  assert.equal(await page.getByRole('button', { name: 'Sign in with a passkey' }).count(), 0);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await desk.isIn();
  await page.goto(`https://127.0.0.1:${instance.port('https')}/account`);

  await page.getByText('Passkeys belong to a name, and 127.0.0.1 is an address.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Add a passkey' }).count(), 0);
  const answer = await page.evaluate(async () => (await fetch('/api/v1/session/passkey/options', { method: 'POST' })).status);
  assert.equal(answer, 409);
});
