// A thief uses the authority's key. Enrolment locks, people are told by mail, and devices go on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { MailSink, waitForMail } from './support/mail_sink.mjs';
import { signIn } from './support/sign_in.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

const csrOf = (board) =>
  execFileSync('openssl', ['req', '-new', '-sha256', '-key', board.key, '-subj', `/CN=${board.id}`, '-outform', 'DER'], { stdio: 'pipe' }).toString('base64');

/** What a board gets that renews by the certificate it has: the status. */
function renew(instance, board) {
  const status = execFileSync('curl', ['--silent', '--cacert', instance.anchorsFile, '--cert', board.certificate, '--key', board.key, '--output', '/dev/null',
    '--write-out', '%{http_code}', '--header', 'Content-Type: application/pkcs10', '--data-binary', csrOf(board), `${instance.url}/.well-known/est/simplereenroll`]);
  return Number(status.toString());
}

/** The thief tries to come in as the board. */
async function useForged(thief, instance, board) {
  const extensions = path.join(thief.loot, 'v3.cnf');
  fs.writeFileSync(extensions, 'basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n');
  await assert.rejects(connect(instance, forge(thief, board, 'stolen', '-extfile', extensions)));
}

test('a forged certificate locks enrolment until the host says otherwise, and who is known feels nothing', async (t) => {
  const certificate = makeCertificate(t);
  const passwordFile = path.join(certificate.directory, 'password');
  fs.writeFileSync(passwordFile, 'correct-horse-7Kq2\n', { mode: 0o600 });
  const sink = await MailSink.start(t, { ...certificate, password: 'correct-horse-7Kq2' });
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const instance = await Instance.start(t, {
    directory: thief.directory,
    settings: {
      'identity.on_forgery': 'lockdown', 'alarms.mail_to': 'operator@example.org', 'outgoing.allow': '["127.0.0.1", "::1"]',
      'outgoing.anchors_file': certificate.file, 'mail.server': `smtp://localhost:${sink.port}`, 'mail.from': 'fastness@example.org',
      'mail.user': 'me', 'mail.password_file': passwordFile,
    },
  });
  const key = await instance.init();
  await signIn(instance, key.setup_token);
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'orchard' });
  const bare = await api('PUT', '/iot/v2/devices', { type: 'mkrwifi1010', name: 'bare' });
  const { claim_codes: [made] } = await api('POST', '/api/v1/claim-codes', { label: 'shed' });
  const token = await accessToken(instance, key);
  const ask = (method, target, options) => request(instance, method, target, { token, ...options });
  const session = await connect(instance, board);
  let ended = false;
  session.on('close', () => (ended = true));

  await useForged(thief, instance, board);
  await waitFor('the lockdown', () => /enrolment_locked/.test(instance.log), { seconds: 5 });

  const est = { 'content-type': 'application/pkcs10' };
  const basic = (code) => `Basic ${Buffer.from(`b827eb01:${code}`).toString('base64')}`;
  const attempts = () => Promise.all([
    ask('PUT', '/iot/v2/devices', { body: { type: 'mkrwifi1010', name: 'late' } }),
    ask('PUT', `/iot/v2/devices/${bare.id}/pass`, { body: {} }),
    ask('POST', '/api/v1/claim-codes', { body: { label: 'more' } }),
    ask('POST', '/.well-known/est/simpleenroll', { body: csrOf({ ...board, id: bare.id }), headers: est }),
    request(instance, 'POST', '/.well-known/est/simpleenroll', { body: csrOf(board), headers: { ...est, authorization: basic(made.code) } }),
  ]);
  const areRefused = async () => {
    for (const answer of await attempts()) {
      assert.equal(answer.status, 503, answer.text);
      assert.match(answer.text, /never issued here was used.*fastness ca unlock/s);
      assert.equal(answer.headers['retry-after'], '600');
    }
  };
  await areRefused();
  assert.equal(renew(instance, board), 200);
  assert.equal(ended, false, 'the board stayed connected');
  session.end(true);

  await waitForMail('the mails', () => sink.mails.length === 2);
  const mailTo = (address) => sink.mails.find(({ header }) => header.includes(`To: <${address}>`));
  for (const to of ['operator@example.org', 'owner@example.org']) {
    const mail = mailTo(to);
    assert.match(mail.header, /^Subject: Fastness alarm: the device key of generation 1 is loose$/m);
    assert.match(mail.body, /never issued.*locked enrolment.*check-up/s);
    for (const secret of [key.client_secret, made.code, 'correct-horse', 'PRIVATE']) assert.ok(!mail.body.includes(secret));
  }
  assert.match(mailTo('operator@example.org').body, /fastness ca rotate --emergency.*fastness ca unlock/s);
  assert.match(mailTo('owner@example.org').body, /whoever runs this server was told/);

  await instance.restart();
  await areRefused();
  (await connect(instance, board)).end(true);
  assert.equal(sink.mails.length, 2, 'and each is told once');
  const member = await ask('DELETE', '/admin/v1/ca/lockdown');
  assert.ok(member.status >= 401 && member.status <= 404, `${member.status}`);
  await areRefused();

  const owner = new Person(t);
  const ca = (...args) => owner.ok('ca', ...args, '--data-dir', instance.directory);
  assert.match(await ca('status'), /locked .*fastness ca unlock/s);
  await ca('rotate', '--emergency', '--cut-off', '30', '--reason', 'stolen', '--yes');
  await areRefused();
  assert.doesNotMatch(await ca('unlock', '--yes'), /locked/);
  assert.ok((await enrol(instance, api, { name: 'late' })).id);
});

test('a mail that does not arrive is a failed check, waits through a restart, and comes', async (t) => {
  const certificate = makeCertificate(t);
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const password = 'correct-horse-7Kq2';
  const passwordFile = path.join(certificate.directory, 'password');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const bare = await MailSink.start(t, { ...certificate, password, offersTls: false });
  const settings = {
    'alarms.mail_to': 'owner@example.org', 'outgoing.allow': '["127.0.0.1", "::1"]', 'outgoing.anchors_file': certificate.file,
    'mail.server': `smtp://localhost:${bare.port}`, 'mail.from': 'fastness@example.org', 'mail.user': 'me', 'mail.password_file': passwordFile,
  };
  const instance = await Instance.start(t, { directory: thief.directory, settings });
  const key = await instance.init();
  await signIn(instance, key.setup_token);  // of whom mail_to is the address, too
  const board = await enrol(instance, await client(instance, key), { name: 'orchard' });
  const stateIn = async (of) => (await (await client(of, key))('GET', '/api/v1/checks')).checks.find(({ id }) => id === 'alarms-undelivered').state;
  assert.equal(await stateIn(instance), 'passed');
  await useForged(thief, instance, board);
  await waitFor('the refusal', () => /alarm_not_told .*by=alarms.mail_to/.test(instance.log));
  assert.equal(await stateIn(instance), 'failed');
  assert.equal(bare.mails.length, 0, 'nothing goes without TLS');
  await waitForMail("the owner's mark: the other letter is theirs", () => /alarm_told .*user=/.test(instance.log));

  await instance.stop();
  const sink = await MailSink.start(t, { ...certificate, password });
  const again = await Instance.start(t, { directory: thief.directory, settings: { ...settings, 'mail.server': `smtp://localhost:${sink.port}` } });
  await waitForMail('the mail that waited', () => sink.mails.length === 1);
  assert.match(sink.mails[0].body, /never issued.*nothing more by itself/s);
  await waitForMail('its mark', () => /alarm_told .*by=alarms.mail_to/.test(again.log));
  assert.equal(sink.mails.length, 1, 'one person has one mail');
  assert.equal(await stateIn(again), 'passed');
});
