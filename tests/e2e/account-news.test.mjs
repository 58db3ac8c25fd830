// What people are mailed about their own accounts, by a server of real processes and a real mail server.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { test } from 'node:test';
import { request } from './support/api.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { MailSink, waitForMail } from './support/mail_sink.mjs';
import { signIn } from './support/sign_in.mjs';

const email = 'owner@example.org';
const password = 'a long enough passphrase for tests';
const other = 'violet tractor umbrella lamp';
const mailPassword = 'correct-horse-7Kq2';
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

function mailSettings(certificate, port) {
  const passwordFile = path.join(certificate.directory, 'password');
  fs.writeFileSync(passwordFile, `${mailPassword}\n`, { mode: 0o600 });
  return {
    'outgoing.allow': '["127.0.0.1", "::1"]', 'outgoing.anchors_file': certificate.file, 'mail.server': `smtp://localhost:${port}`,
    'mail.from': 'fastness@example.org', 'mail.user': 'me', 'mail.password_file': passwordFile,
  };
}

/** What an app shows (RFC 6238). */
function appCode(secret) {
  let bits = '';
  for (const letter of secret) bits += 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** A sign-in from one of this machine's addresses; resolves to the status. */
function signInFrom(instance, address, shown, headers = {}) {
  const body = JSON.stringify(shown);
  return new Promise((resolve, reject) => {
    const outgoing = https.request(`${instance.url}/api/v1/session`.replace('localhost', '127.0.0.1'), {
      method: 'POST', ca: instance.anchors, servername: 'localhost', agent: false, localAddress: address,
      headers: { host: new URL(instance.url).host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
    }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('a person is mailed what happens to their account, and nobody else is', async (t) => {
  const certificate = makeCertificate(t);
  const sink = await MailSink.start(t, { ...certificate, password: mailPassword });
  const instance = await Instance.start(t, { settings: mailSettings(certificate, sink.port) });
  const key = await instance.init();
  await instance.init({ organisation: 'Neighbour', email: 'neighbour@example.org' });
  const page = await signIn(instance, key.setup_token);
  const never = [password, other, mailPassword, key.client_secret, 'setup#', 'token', 'evil.example'];
  const next = async (subject) => {
    const count = sink.mails.length;
    await waitForMail(subject.source, () => sink.mails.length > count);
    const mail = sink.mails.at(-1);
    assert.match(mail.subject, subject);
    assert.deepEqual(mail.to, [email]);
    return mail;
  };
  const ask = async (method, target, body, status) => {
    const answer = await page(method, target, body);
    assert.equal(answer.status, status, answer.text);
    return answer.json;
  };

  // The first sign-in, and a second one like it, are no news.
  assert.equal(await signInFrom(instance, '127.0.0.1', { email, password }), 201);

  let mail = next(/your password was changed$/);
  await ask('POST', '/api/v1/account/password', { current_password: password, new_password: other }, 204);
  assert.match((await mail).body, /If it was you, nothing.*page Audit/s);

  mail = next(/new second factor$/);
  const { secret } = await ask('POST', '/api/v1/account/factor', undefined, 200);
  const { recovery_codes: codes } = await ask('POST', '/api/v1/account/factor/confirm', { code: appCode(secret) }, 201);
  never.push(secret, ...codes);
  await mail;
  mail = next(/your second factor was taken away$/);
  await ask('DELETE', '/api/v1/account/factor', undefined, 204);
  await mail;

  mail = next(/an API key was made$/);
  const made = await ask('POST', '/api/v1/api-keys', { name: 'call http://evil.example/ now', scopes: ['things:read'] }, 201);
  never.push(made.client_secret);
  assert.match((await mail).body, new RegExp(made.client_id));

  mail = next(/a sign-in from a new place$/);
  assert.equal(await signInFrom(instance, '127.0.7.1', { email, password: other }, { 'user-agent': firefox }), 201);
  assert.match((await mail).body, /from 127\.0\.7\.1 with Firefox on Linux/);

  // Ten at once from where the person is known, ten from all other places.
  mail = next(/many wrong passwords$/);
  for (let i = 0; i < 9; ++i) assert.equal(await signInFrom(instance, '127.0.0.1', { email, password: 'not the password' }), 401);
  for (let i = 0; i < 9; ++i) assert.equal(await signInFrom(instance, '127.0.9.1', { email, password: 'not the password' }), 401);
  assert.match((await mail).body, /once a day/);

  // Nor does an address that nobody has cause anything.
  for (let i = 0; i < 9; ++i) assert.equal(await signInFrom(instance, '127.0.11.1', { email: 'nobody@example.org', password: 'x' }), 401);
  const count = sink.mails.length;
  assert.equal(await signInFrom(instance, '127.0.7.1', { email, password: other }), 201, 'and nobody is shut out');
  await instance.restart();
  assert.equal(sink.mails.length, count, 'each is told once');
  for (const { body } of sink.mails) {
    for (const words of never) assert.ok(!body.includes(words), `a mail has ${words} in it`);
  }
  const trail = await (async () => {
    const answer = await request(instance, 'POST', '/api/v1/session', { body: { email, password: other } });
    const cookie = answer.headers['set-cookie'][0].split(';')[0];
    return (await request(instance, 'GET', '/api/v1/audit', { headers: { cookie } })).json.entries.map(({ action }) => action);
  })();
  assert.equal(trail.filter((action) => action === 'session.many_wrong_passwords').length, 1);
  assert.ok(trail.includes('session.new_place'));
});

test('a person is written to in the language that they chose, and nobody else is', async (t) => {
  const certificate = makeCertificate(t);
  const sink = await MailSink.start(t, { ...certificate, password: mailPassword });
  const instance = await Instance.start(t, { settings: mailSettings(certificate, sink.port) });
  const key = await instance.init();
  const neighbour = await instance.init({ organisation: 'Neighbour', email: 'neighbour@example.org' });
  const page = await signIn(instance, key.setup_token);
  assert.equal((await page('GET', '/api/v1/account')).json.language, 'en');
  assert.equal((await page('PUT', '/api/v1/account/language', { language: 'fr' })).status, 400);
  assert.equal((await page('PUT', '/api/v1/account/language', { language: 'de' })).status, 204);

  assert.equal((await page('POST', '/api/v1/account/password', { current_password: password, new_password: other })).status, 204);
  const german = await waitForMail('the German mail', () => sink.mails.find(({ to }) => to.includes(email)));
  assert.equal(german.subject, 'Fastness: Ihr Passwort wurde geändert');
  assert.match(german.body, /^Was geschehen ist\nAm \d\d\.\d\d\.\d{4} um \d\d:\d\d Uhr UTC wurde Ihr Passwort von jemandem geändert/);
  assert.match(german.body, /Passkeys, verknüpften Anmeldungen und API-Schlüssel.*auf der Seite „Audit“: https:/s);
  assert.match(german.text, /^[\x00-\x7f]*$/, 'and no server on the way has to know of letters beyond ASCII');

  // Whoever is invited and has no account is written to as their inviter is.
  const invited = await page('POST', '/api/v1/invitations', { email: 'new@example.org', role: 'member' });
  assert.equal(invited.status, 201, invited.text);
  const invitation = sink.mails.find(({ to }) => to.includes('new@example.org'));
  assert.equal(invitation.subject, 'Fastness: Sie sind eingeladen');
  assert.match(invitation.body, /owner@example\.org lädt Sie als Mitglied \(member\) in eine Organisation/);

  const theirs = await signIn(instance, neighbour.setup_token, { email: 'neighbour@example.org' });
  assert.equal((await theirs('POST', '/api/v1/account/password', { current_password: password, new_password: other })).status, 204);
  const english = await waitForMail('the English mail', () => sink.mails.find(({ to }) => to.includes('neighbour@example.org')));
  assert.equal(english.subject, 'Fastness: your password was changed');

  await instance.restart();
  assert.equal((await page('GET', '/api/v1/account')).json.language, 'de');
  assert.equal((await page('GET', '/api/v1/account/export')).json.person.language, 'de');
});

test('who has not chosen is written to as the host says', async (t) => {
  const certificate = makeCertificate(t);
  const sink = await MailSink.start(t, { ...certificate, password: mailPassword });
  const instance = await Instance.start(t, { settings: { ...mailSettings(certificate, sink.port), 'mail.language': 'de' } });
  const key = await instance.init();
  const page = await signIn(instance, key.setup_token);
  assert.equal((await page('POST', '/api/v1/api-keys', { name: 'k', scopes: ['things:read'] })).status, 201);
  const mail = await waitForMail('the mail', () => sink.mails[0]);
  assert.equal(mail.subject, 'Fastness: Ein API-Schlüssel wurde erstellt');

  assert.equal((await page('PUT', '/api/v1/account/language', { language: 'en' })).status, 204);
  assert.equal((await page('POST', '/api/v1/api-keys', { name: 'k2', scopes: ['things:read'] })).status, 201);
  const next = await waitForMail('the next one', () => sink.mails[1]);
  assert.equal(next.subject, 'Fastness: an API key was made');
});

test('news wait while the mail server is away, through a crash', async (t) => {
  const certificate = makeCertificate(t);
  const bare = await MailSink.start(t, { ...certificate, password: mailPassword, offersTls: false });
  const settings = mailSettings(certificate, bare.port);
  const instance = await Instance.start(t, { settings });
  const key = await instance.init();
  const page = await signIn(instance, key.setup_token);
  assert.equal((await page('POST', '/api/v1/account/password', { current_password: password, new_password: other })).status, 204);
  await instance.kill();
  assert.equal(bare.mails.length, 0, 'nothing goes without TLS');

  const sink = await MailSink.start(t, { ...certificate, password: mailPassword });
  const again = await Instance.start(t, { directory: instance.directory, settings: { ...settings, 'mail.server': `smtp://localhost:${sink.port}` } });
  await waitForMail('the mail that waited', () => sink.mails.length === 1);
  assert.match(sink.mails[0].body, /your password was changed/);
  await waitForMail('its mark', () => /news_told /.test(again.log));
  await again.restart();
  assert.equal(sink.mails.length, 1);
});
