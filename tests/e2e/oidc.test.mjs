// Sign-in by identity providers: the real oidc-provider in a real browser, and providers that lie (T16, T23).
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { request } from './support/api.mjs';
import { openBrowser, openPage } from './support/browser.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { byAnotherKey, byPublicKey, CLIENT, Liar, startProvider, unsigned, withoutSignature } from './support/provider.mjs';
import { waitFor } from './support/wait.mjs';

const email = 'owner@example.org';
const password = 'a long enough passphrase for tests';
const secret = 's3cret-of-this-client-alone';

/** An instance with these providers: {id: issuer}. Of what is not public it may call localhost. */
async function start(t, certificate, providers, settings = {}) {
  const file = path.join(certificate.directory, 'client-secret');
  fs.writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  const ids = Object.keys(providers);
  const list = (value) => JSON.stringify(ids.map((id) => `${id}=${value(id)}`));
  return Instance.start(t, {
    settings: {
      'listen.http': '["127.0.0.1:0"]', 'outgoing.allow': '["127.0.0.1", "::1"]', 'outgoing.anchors_file': certificate.file,
      'sign_in.providers': list((id) => providers[id]), 'sign_in.client_ids': list(() => CLIENT),
      'sign_in.client_secret_files': list(() => file), 'sign_in.names': list((id) => `The ${id}`), ...settings,
    },
  });
}

const linkOf = (instance) => new URL(fs.readFileSync(path.join(instance.directory, 'setup-link'), 'utf8').trim());
const callbackOf = (origin, id) => `${origin}/api/v1/session/providers/${id}/callback`;

/** At the provider: types who they are, and agrees. */
async function beThere(page, who) {
  await page.locator('input[name=login]').fill(who);
  await page.locator('input[name=password]').fill('x');
  await page.locator('button[type=submit]').click();
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Ends the session of the page, by its menu. */
async function signOut(page) {
  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByLabel('E-mail').waitFor();
}

test('a sign-in is linked from inside, signs in, and is taken away', async (t) => {
  const certificate = makeCertificate(t);
  const provider = await startProvider(t, certificate, secret);
  const instance = await start(t, certificate, { company: provider.issuer });
  const url = `http://localhost:${instance.port('http')}`;
  provider.setUp([callbackOf(url, 'company')]);
  const context = await openBrowser(t, instance, [provider]);
  const page = await openPage(context);
  const isIn = () => page.getByRole('link', { name: 'Devices' }).first().waitFor();
  const link = linkOf(instance);
  await page.goto(`${url}${link.pathname}${link.hash}`);
  await page.getByLabel('Your e-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Name of your place').fill('Greenhouse');
  await page.getByRole('button', { name: 'Set up' }).click();
  await isIn();

  await page.goto(`${url}/account`);
  await page.getByText('None. With one you sign in by an account that you have elsewhere').waitFor();
  await page.getByRole('button', { name: 'Link The company' }).click();
  await beThere(page, 'subject-7');
  await page.getByText('You can sign in by The company from now on.').waitFor();
  await page.getByText(provider.issuer).waitFor();
  assert.equal(new URL(page.url()).search, '', 'nothing of the way stays in the address');

  await signOut(page);
  await page.getByRole('button', { name: 'Continue with The company' }).click();
  // Who is signed in there already is asked nothing.
  await isIn();
  assert.ok(!page.url().includes('code='), page.url());

  await page.goto(`${url}/account`);
  await page.getByText(/linked .*, used/).waitFor();
  await page.getByRole('button', { name: 'Remove the sign-in by The company' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove it' }).click();
  await page.getByText('None. With one you sign in by an account').waitFor();
  await signOut(page);
  await page.getByRole('button', { name: 'Continue with The company' }).click();
  await page.getByText('Nobody here has linked this sign-in by The company.').waitFor();
  const codes = provider.asked.filter((each) => each.startsWith('POST /token'));
  assert.equal(codes.length, 3);
  for (const each of [secret, 'subject-7']) assert.ok(!instance.log.includes(each), each);
});

test('who signs out at the provider is signed out here', async (t) => {
  const certificate = makeCertificate(t);
  const provider = await startProvider(t, certificate, secret);
  const instance = await start(t, certificate, { company: provider.issuer });
  const url = `http://localhost:${instance.port('http')}`;
  provider.setUp([callbackOf(url, 'company')], {
    url: `https://localhost:${instance.port('https')}/api/v1/session/providers/company/logout`, anchors: instance.anchors,
  });
  const page = await openPage(await openBrowser(t, instance, [provider]));
  const link = linkOf(instance);
  const setUp = { token: link.hash.slice(1), email, password, organisation: 'Greenhouse' };
  const made = await request(instance, 'POST', '/api/v1/setup', { body: setUp, headers: { 'sec-fetch-site': 'same-origin' } });
  assert.equal(made.status, 201, made.text);
  const signInByPassword = async (on) => {
    await on.goto(`${url}/account`);
    await on.getByLabel('E-mail').fill(email);
    await on.getByLabel('Password', { exact: true }).fill(password);
    await on.getByRole('button', { name: 'Sign in', exact: true }).click();
    await on.getByRole('link', { name: 'Devices' }).first().waitFor();
  };
  await signInByPassword(page);
  await page.goto(`${url}/account`);
  await page.getByRole('button', { name: 'Link The company' }).click();
  await beThere(page, 'subject-7');
  await page.getByText('You can sign in by The company from now on.').waitFor();
  await signOut(page);
  await page.getByRole('button', { name: 'Continue with The company' }).click();
  await page.getByRole('link', { name: 'Devices' }).first().waitFor();
  const elsewhere = await openPage(await openBrowser(t, instance));
  await signInByPassword(elsewhere);

  const there = await page.context().newPage();
  await there.goto(`${provider.issuer}/session/end`);
  await there.getByRole('button', { name: /yes/i }).click();
  await waitFor('the provider to say so', () => provider.told.length > 0);

  assert.deepEqual(provider.told, [200]);
  // The page finds out by itself.
  await page.getByLabel('E-mail').waitFor();
  await elsewhere.reload();
  await elsewhere.getByRole('link', { name: 'Devices' }).first().waitFor();
});

/** A browser's ways to a lying provider, without the browser: its cookies, and pages of ours. */
class Visitor {
  cookies = new Map();

  constructor(instance, liar, id = 'liar') {
    Object.assign(this, { instance, liar, id });
  }

  async ask(method, target, { body, site = 'same-origin' } = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { cookie, 'sec-fetch-site': site, ...(this.csrf && { 'x-fastness-csrf': this.csrf }) };
    const answer = await request(this.instance, method, target, { body: method === 'POST' ? (body ?? {}) : undefined, headers });
    for (const line of answer.headers['set-cookie'] ?? []) {
      const [name, value] = line.split(';')[0].split('=');
      if (/Max-Age=0/.test(line)) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    if (answer.json?.csrf) this.csrf = answer.json.csrf;
    return answer;
  }

  async setUp() {
    const answer = await this.ask('POST', '/api/v1/setup', { body: { token: linkOf(this.instance).hash.slice(1), email, password, organisation: 'Greenhouse' } });
    assert.equal(answer.status, 201, answer.text);
  }

  begin(target = `/api/v1/session/providers/${this.id}`) {
    return this.ask('POST', target);
  }

  back(query, id = this.id) {
    return this.ask('GET', `/api/v1/session/providers/${id}/callback?${query}`, { site: 'cross-site' });
  }

  /** All of it. */
  async signIn() {
    const sent = await this.begin();
    if (sent.status !== 200) return sent;
    const back = await this.back(this.liar.authorize(sent.json.url));
    assert.equal(back.status, 302);
    assert.equal(back.headers.location, '/sign-in?answered');
    return this.ask('POST', '/api/v1/session/answer');
  }

  async link() {
    const sent = await this.begin(`/api/v1/account/sign-ins/providers/${this.id}`);
    assert.equal(sent.status, 200, sent.text);
    const back = await this.back(this.liar.authorize(sent.json.url));
    assert.equal(back.headers.location, '/account?answered');
    return this.ask('POST', '/api/v1/account/sign-ins');
  }
}

/** An instance whose one person has linked who they are at a provider that was honest until then. */
async function deceived(t, settings) {
  const certificate = makeCertificate(t);
  const liar = await Liar.start(t, certificate);
  const instance = await start(t, certificate, { liar: liar.issuer, other: liar.issuer.replace('localhost', 'localhost.') }, settings);
  const owner = new Visitor(instance, liar);
  await owner.setUp();
  assert.equal((await owner.link()).status, 201);
  const visitor = () => new Visitor(instance, liar);
  const honest = await visitor().signIn();
  assert.equal(honest.status, 201, honest.text);
  return { instance, liar, visitor, owner };
}

function isSilent(instance, liar) {
  const said = liar.asked.flatMap(({ form, headers }) => [form.get('code'), form.get('code_verifier'), headers.authorization]);
  for (const each of [secret, 'subject-9d41', ...said.filter(Boolean)]) assert.ok(!instance.log.includes(each), `${each} is in the log`);
}

/** Each lie is told once; a network has so few attempts that there is a server for every dozen. */
async function believesNone(t, liesOf) {
  const { instance, liar, visitor } = await deceived(t);
  for (const [name, lie] of Object.entries(liesOf(liar))) {
    liar.lies = lie;
    const answer = await visitor().signIn();
    assert.equal(answer.status, 401, `${name}: ${answer.text}`);
    assert.match(answer.json.error.message, /^Signing in by The liar did not work/, name);
    assert.equal(answer.headers['set-cookie'], undefined, name);
  }
  liar.lies = { claims: { sub: 'SUBJECT-9d41' } };
  const stranger = await visitor().signIn();
  assert.equal(stranger.status, 401);
  assert.match(stranger.json.error.message, /Nobody here has linked this/);
  liar.lies = {};
  assert.equal((await visitor().signIn()).status, 201, 'and it goes on for whoever tells the truth');
  isSilent(instance, liar);
}

test('T16: tokens that lie are believed by nobody', async (t) => {
  const past = Math.floor(Date.now() / 1000) - 600;
  await believesNone(t, () => ({
    'another issuer': { claims: { iss: 'https://enemy.example' } },
    'another audience': { claims: { aud: 'another' } },
    'one more audience': { claims: { aud: [CLIENT, 'another'] } },
    'another party': { claims: { azp: 'another' } },
    'another nonce': { claims: { nonce: 'another' } },
    'no nonce': { claims: { nonce: undefined } },
    'no subject': { claims: { sub: undefined } },
    'an expired one': { claims: { iat: past, exp: past + 60 } },
    'one of the future': { claims: { iat: past + 1200, exp: past + 1260 } },
  }));
  await believesNone(t, (liar) => ({
    'alg none': { token: unsigned({ alg: 'none' }) },
    'alg nOnE with a key id': { token: unsigned({ alg: 'nOnE', kid: 'k' }) },
    'HS256 by the public key': { token: byPublicKey },
    'an empty signature': { token: unsigned({ alg: 'ES256', kid: 'k' }) },
    'two parts': { token: withoutSignature },
    'another key': { token: byAnotherKey },
    'an unknown key id': { header: { kid: 'nobody-has-it' } },
    'a key that it brings along': { header: { kid: 'x', jwk: liar.publicJwk } },
    'what must be understood': { header: { crit: ['b64'], b64: false } },
    'no token': { token: () => ' ' },
  }));
});

test('T16: an answer counts once, in its browser, for its provider', async (t) => {
  const { instance, liar, visitor, owner } = await deceived(t);
  const finish = (who) => who.ask('POST', '/api/v1/session/answer');
  const tokens = () => liar.asked.filter(({ path }) => path === '/token').length;

  const first = visitor();
  const query = liar.authorize((await first.begin()).json.url);
  const before = tokens();
  // Another browser, without an attempt and with one of its own: login CSRF.
  const other = visitor();
  await other.back(query);
  assert.equal((await finish(other)).status, 409, 'another browser');
  const victim = visitor();
  await victim.begin();
  await victim.back(query);
  assert.equal((await finish(victim)).status, 409, 'another browser with an attempt of its own');
  // Mix-up: the provider's answer at the address of another, and with the name of another.
  await first.back(query, 'other');
  await first.back(query.replace(/state=[^&]*/, 'state=guessed'));
  assert.equal(tokens(), before, 'so far nobody was shown a code');
  const named = visitor();
  liar.lies = { answer: { iss: 'https://honest.example' } };
  assert.equal((await named.signIn()).status, 401, 'iss of another');
  liar.lies = { answer: { iss: undefined } };
  assert.equal((await visitor().signIn()).status, 401, 'no iss, though the document promises one');
  assert.equal(tokens(), before, 'nor then');
  liar.lies = {};

  await first.back(query);
  assert.equal((await finish(first)).status, 201);
  const again = tokens();
  await first.back(query);
  assert.equal((await finish(first)).status, 409, 'the same state again');
  assert.equal(tokens(), again);

  // What the provider says of a refusal is shown and kept nowhere.
  const refused = visitor();
  liar.lies = { answer: { code: undefined, error: 'access_denied', error_description: '<b>planted words</b>', extra: 'x' } };
  const told = await refused.signIn();
  assert.equal(told.status, 401);
  assert.ok(!told.text.includes('planted words'));
  assert.ok(!instance.log.includes('planted words'));
  liar.lies = {};

  // An attempt to link is its session's.
  const sent = await owner.begin('/api/v1/account/sign-ins/providers/liar');
  const linking = liar.authorize(sent.json.url);
  const thief = visitor();
  await thief.back(linking);
  assert.equal((await finish(thief)).status, 409);
  await owner.back(linking);
  assert.equal((await finish(owner)).status, 409, 'and signs nobody in');
  const foreign = await visitor().ask('POST', '/api/v1/session/providers/liar', { site: 'cross-site' });
  assert.equal(foreign.status, 403, 'no other page sends anybody away');
  isSilent(instance, liar);
});

test('T23: a provider has this server call nobody whom the owner did not name', async (t) => {
  const certificate = makeCertificate(t);
  const liar = await Liar.start(t, certificate);
  const inside = await Liar.start(t, certificate);
  const enemies = {
    metadata: { token_endpoint: 'https://169.254.169.254/latest/meta-data' },
    mapped: { token_endpoint: `https://[::ffff:127.0.0.2]:${inside.port}/token` },
    private: { token_endpoint: 'https://10.0.0.1/token' },
    loopback: { token_endpoint: `https://127.0.0.2:${inside.port}/token` },
    number: { token_endpoint: `https://2130706434:${inside.port}/token` },
    keys: { jwks_uri: 'https://169.254.169.254/keys' },
  };
  const instance = await start(t, certificate, { liar: liar.issuer });
  const owner = new Visitor(instance, liar);
  await owner.setUp();
  for (const [name, lie] of Object.entries(enemies)) {
    liar.lies = { document: lie };
    // What is public of a provider is kept for an hour; a new start asks anew.
    await instance.restart();
    const answer = await new Visitor(instance, liar).signIn();
    assert.equal(answer.status, 503, `${name}: ${answer.text}`);
    assert.match(instance.log, /provider_failed/, name);
  }
  assert.equal(inside.asked.length, 0);
  assert.match(instance.log, /169\.254\.169\.254/);
});

test('T16, T23: a document that lies, redirects, never ends or is too long sends nobody anywhere', async (t) => {
  const certificate = makeCertificate(t);
  const liar = await Liar.start(t, certificate);
  const inside = await Liar.start(t, certificate);
  const huge = (response) => {
    response.writeHead(200);
    const more = () => {
      while (response.write('x'.repeat(65_536)));
      response.once('drain', more);
    };
    response.on('error', () => {});
    more();
    return true;
  };
  const drip = (response) => {
    response.writeHead(200).write('{');
    const timer = setInterval(() => response.write(' '), 100);
    response.on('close', () => clearInterval(timer));
    return true;
  };
  const lies = {
    'another issuer': { document: { issuer: 'https://accounts.google.com' } },
    'no TLS': { document: { token_endpoint: `http://localhost:${liar.port}/token` } },
    'a script': { document: { authorization_endpoint: 'javascript:alert(1)' } },
    'plain PKCE': { document: { code_challenge_methods_supported: ['plain'] } },
    'a redirect': { body: (_, response) => response.writeHead(302, { location: `${inside.issuer}/.well-known/openid-configuration` }).end() },
    'no JSON': { body: (_, response) => response.writeHead(200).end('<html>') },
    'a huge body': { body: (_, response) => huge(response) },
    'a slow body': { body: (_, response) => drip(response) },
  };
  const instance = await start(t, certificate, { liar: liar.issuer });
  for (const [name, lie] of Object.entries(lies)) {
    liar.lies = lie;
    await instance.restart();
    const begun = Date.now();
    const answer = await new Visitor(instance, liar).begin();
    assert.equal(answer.status, 503, `${name}: ${answer.text}`);
    assert.equal(answer.headers['set-cookie'], undefined, name);
    assert.ok(Date.now() - begun < 15_000, `${name} takes too long`);
    const alive = await request(instance, 'GET', '/api/v1/setup/status');
    assert.equal(alive.status, 200, `${name}: others are served meanwhile`);
  }
  assert.equal(inside.asked.length, 0, 'nor is a redirect followed');
});

test('T16: nobody but the provider signs anybody out', async (t) => {
  const { instance, liar, visitor } = await deceived(t);
  const victim = visitor();
  assert.equal((await victim.signIn()).status, 201);
  const isIn = async () => (await victim.ask('GET', '/api/v1/session')).status === 200;
  const say = async (token, id = 'liar') =>
    (await request(instance, 'POST', `/api/v1/session/providers/${id}/logout`, {
      body: new URLSearchParams({ logout_token: token }).toString(), headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })).status;
  const now = Math.floor(Date.now() / 1000);
  const [head, claims, signature] = liar.logoutToken().split('.');
  const lies = {
    'another key': liar.logoutToken({ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }),
    'an unknown key id': liar.logoutToken({ header: { kid: 'nobody-has-it' } }),
    'no signature': `${head}.${claims}.`,
    'alg none': `${Buffer.from('{"alg":"none","typ":"logout+jwt"}').toString('base64url')}.${claims}.`,
    'a changed claim': `${head}.${Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url')), sub: 'x' })).toString('base64url')}.${signature}`,
    'another issuer': liar.logoutToken({ claims: { iss: 'https://enemy.example' } }),
    'another audience': liar.logoutToken({ claims: { aud: 'another' } }),
    'an old one': liar.logoutToken({ claims: { iat: now - 600, exp: now - 480 } }),
    'one of the future': liar.logoutToken({ claims: { iat: now + 600, exp: now + 720 } }),
    'an ID token': liar.idToken,
    'a nonce': liar.logoutToken({ claims: { nonce: 'x' } }),
    'no event': liar.logoutToken({ claims: { events: {} } }),
    'nobody': liar.logoutToken({ claims: { sub: undefined } }),
    'another kind': liar.logoutToken({ header: { typ: 'at+jwt' } }),
  };
  for (const [name, token] of Object.entries(lies)) assert.equal(await say(token), 400, name);
  assert.equal(await say(liar.logoutToken(), 'nobody'), 404);
  assert.notEqual(await say(liar.logoutToken(), 'other'), 200, 'at the address of another provider');
  assert.equal(await say(liar.logoutToken({ claims: { sub: 'somebody-else' } })), 200, 'of whom nobody here has linked, it hears nothing');
  assert.ok(await isIn());

  const token = liar.logoutToken();
  assert.equal(await say(token), 200);
  assert.equal(await isIn(), false);
  assert.equal(await say(token), 200, 'said again it is done');
  isSilent(instance, liar);
});
