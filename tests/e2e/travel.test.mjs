// Sign-ins from places that nobody can travel between, by a server of real processes with a database of this machine's networks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { request } from './support/api.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { MailSink, waitForMail } from './support/mail_sink.mjs';
import { placeFile } from './support/place_file.mjs';
import { signIn } from './support/sign_in.mjs';
import { waitFor } from './support/wait.mjs';

const email = 'owner@example.org';
const password = 'a long enough passphrase for tests';
const mailPassword = 'correct-horse-7Kq2';

/** A file of places in a folder of its own, as a tool for them would keep it. */
function keep(t, bytes) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-places-'));
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  const file = path.join(directory, 'places.mmdb');
  fs.writeFileSync(file, bytes);
  return file;
}

/** A sign-in from one of this machine's addresses; resolves to the status. */
function signInFrom(instance, address) {
  const body = JSON.stringify({ email, password });
  return new Promise((resolve, reject) => {
    const outgoing = https.request(`${instance.url}/api/v1/session`.replace('localhost', '127.0.0.1'), {
      method: 'POST', ca: instance.anchors, servername: 'localhost', agent: false, localAddress: address,
      headers: { host: new URL(instance.url).host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
    }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('a sign-in from where nobody can have travelled is mailed and in the trail, also after a restart', async (t) => {
  const certificate = makeCertificate(t);
  const sink = await MailSink.start(t, { ...certificate, password: mailPassword });
  const passwordFile = path.join(certificate.directory, 'password');
  fs.writeFileSync(passwordFile, `${mailPassword}\n`, { mode: 0o600 });
  const places = keep(t, placeFile({ '127.0.0.0/24': [52.52, 13.4], '127.0.21.0/24': [35.68, 139.69], '127.0.22.0/24': [53.55, 9.99] }));
  const instance = await Instance.start(t, { settings: {
    'outgoing.allow': '["127.0.0.1", "::1"]', 'outgoing.anchors_file': certificate.file, 'mail.server': `smtp://localhost:${sink.port}`,
    'mail.from': 'fastness@example.org', 'mail.user': 'me', 'mail.password_file': passwordFile, 'sign_in.places': places,
  } });
  const key = await instance.init();
  await signIn(instance, key.setup_token);
  const far = () => sink.mails.filter(({ body }) => /nobody can have travelled/.test(body));

  assert.equal(await signInFrom(instance, '127.0.0.1'), 201);
  assert.equal(await signInFrom(instance, '127.0.22.1'), 201, 'as near as this is no travel');
  await waitForMail('the mail about the new place', () => sink.mails.length > 0);
  assert.equal(far().length, 0);

  await instance.restart();
  assert.equal(await signInFrom(instance, '127.0.21.1'), 201, 'nobody is kept out');
  await waitForMail('the mail about the travel', () => far().length === 1);
  assert.match(far()[0].body, /from 127\.0\.21\.1/);
  assert.deepEqual(far()[0].to, [email]);

  const answer = await request(instance, 'POST', '/api/v1/session', { body: { email, password } });
  const cookie = answer.headers['set-cookie'][0].split(';')[0];
  const { entries } = (await request(instance, 'GET', '/api/v1/audit', { headers: { cookie } })).json;
  const found = entries.filter(({ action }) => action === 'session.impossible_travel');
  assert.ok(found.some(({ address }) => address === '127.0.21.1'));

  // Whoever writes over the file, and does not rename another over it, ends nothing but the judging.
  fs.truncateSync(places, 0);
  assert.equal(await signInFrom(instance, '127.0.21.1'), 201);
  await waitFor('the line of the log', () => /places_not_read /.test(instance.log));
});

test('a server does not start on a database of places that is none, and says why', async (t) => {
  const missing = path.join(os.tmpdir(), 'fastness-no-such-folder', 'places.mmdb');
  for (const [file, why] of [[missing, /sign_in\.places: [^\n]*places\.mmdb[^\n]*No such file/], [keep(t, 'latitude,longitude\n'), /sign_in\.places: [^\n]*is no MaxMind DB/]]) {
    const instance = new Instance({ settings: { 'sign_in.places': file } });
    t.after(() => instance.destroy());
    await assert.rejects(instance.start(), why);
  }
});
