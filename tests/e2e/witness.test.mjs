// The checkpoints of ledger and audit trail, sent out: to a web server and by mail, and never where they are not meant to go.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { MailSink, waitForMail } from './support/mail_sink.mjs';
import { waitFor } from './support/wait.mjs';

const sizeOf = (checkpoint) => Number(checkpoint.split('\n')[1]);
const allow = { 'outgoing.allow': '["127.0.0.1", "::1"]' };

/** A web server that takes checkpoints: `taken` and `refused` of the ledger, `trail` of the audit trail. `answer` may be set to
    another status. */
async function startWitness(t, certificate) {
  const witness = { taken: [], trail: [], refused: 0, answer: 204, headers: {} };
  const server = https.createServer({ key: certificate.key, cert: certificate.cert }, (request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const isTrail = /^fastness\/[^\n]*\/audit\n/.test(text);
      if (witness.answer === 204) (isTrail ? witness.trail : witness.taken).push(text);
      else if (!isTrail) witness.refused += 1;
      response.writeHead(witness.answer, witness.headers);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  witness.url = `https://localhost:${server.address().port}/take`;
  return witness;
}

test('a web server gets every checkpoint in order, and what it missed first', async (t) => {
  const certificate = makeCertificate(t);
  const witness = await startWitness(t, certificate);
  const instance = await Instance.start(t, {
    settings: { ...allow, 'outgoing.anchors_file': certificate.file, 'ledger.witness_url': witness.url },
  });
  const api = await client(instance, await instance.init());
  await waitFor('the first checkpoint', () => witness.taken.length === 1);
  assert.match(witness.taken[0], /^fastness\/.*\/device-certificates\n0\n/);

  witness.answer = 503;
  await enrol(instance, api, { name: 'first' });
  await instance.restart();
  await waitFor('the refusal', () => /ledger_not_witnessed.*localhost answered 503/.test(instance.log));
  await enrol(instance, api, { name: 'second' });
  // Nor does it count as taken where they are sent elsewhere.
  witness.answer = 307;
  witness.headers = { location: witness.url };
  const refused = witness.refused;
  await instance.restart();
  await waitFor('the redirect', () => /answered 307; redirects are not followed/.test(instance.log));
  assert.equal(witness.refused, refused + 1, 'nor are they followed');

  witness.answer = 204;
  await instance.restart();
  await waitFor('the one that waited', () => /ledger_witnessed .*size=1/.test(instance.log));
  await instance.restart();
  await waitFor('the one after it', () => witness.taken.length === 3);
  assert.deepEqual(witness.taken.map(sizeOf), [0, 1, 2]);
  assert.equal(witness.taken[2], (await api('GET', '/api/v1/ledger/checkpoint')).checkpoint);
  // The audit trail's come the same way, none smaller than the one before; what was on its way when the server was stopped comes again.
  await waitFor('the audit trail', () => witness.trail.length >= 2);
  const sizes = witness.trail.map(sizeOf);
  assert.ok(sizes[0] > 0);
  assert.deepEqual(sizes, [...sizes].sort((a, b) => a - b));
});

test('nothing is sent to who is inside, who cannot prove who they are, or where it makes no sense', async (t) => {
  const certificate = makeCertificate(t);
  const witness = await startWitness(t, certificate);
  const trusted = { 'outgoing.anchors_file': certificate.file };
  const cases = [
    ['a loopback address that nobody allowed', { ...trusted, 'ledger.witness_url': witness.url }, /not a public address.*outgoing\.allow/],
    ['the same in disguise', { ...trusted, 'ledger.witness_url': witness.url.replace('localhost', '2130706433') }, /not a public address/],
    ['its neighbour allowed', { ...trusted, 'outgoing.allow': '["127.0.0.2"]', 'ledger.witness_url': witness.url }, /not a public address/],
    ['a certificate of nobody we know', { ...allow, 'ledger.witness_url': witness.url }, /ledger_not_witnessed.*certificate/i],
    ['a certificate of another name', { ...allow, ...trusted, 'ledger.witness_url': witness.url.replace('localhost', '127.0.0.1') }, /ledger_not_witnessed.*certificate/i],
  ];
  for (const [name, settings, expected] of cases) {
    const instance = await Instance.start(t, { settings });
    await waitFor(name, () => expected.test(instance.log));
    await instance.destroy();
  }
  assert.deepEqual([witness.taken.length, witness.refused], [0, 0]);

  for (const [settings, expected] of [
    [{ 'ledger.witness_url': 'ftp://example.org/' }, /ledger\.witness_url: not a URL/],
    [{ 'ledger.witness_url': 'https://me:hunter2@example.org/' }, /ledger\.witness_url: not a URL/],
    [{ 'ledger.witness_url': witness.url, 'outgoing.allow': '["10.0.0.5/8"]' }, /outgoing\.allow.*10\.0\.0\.0\/8/],
    [{ 'ledger.witness_mail': 'x', 'mail.server': 'smtps://localhost', 'mail.from': 'a@example.org' }, /ledger\.witness_mail: not a mail address/],
  ]) {
    const instance = new Instance({ settings });
    t.after(() => instance.destroy());
    await assert.rejects(instance.start(), expected);
    assert.ok(!instance.log.includes('hunter2'));
  }
});

test('by mail: nothing but a greeting goes before TLS, and a server without it gets nothing', async (t) => {
  const certificate = makeCertificate(t);
  const password = 'correct-horse-7Kq2';
  const passwordFile = path.join(certificate.directory, 'password');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const settingsFor = (sink) => ({
    ...allow, 'outgoing.anchors_file': certificate.file, 'ledger.witness_mail': 'witness@example.org',
    'mail.server': `smtp://localhost:${sink.port}`, 'mail.from': 'fastness@example.org', 'mail.user': 'me', 'mail.password_file': passwordFile,
  });
  const sink = await MailSink.start(t, { ...certificate, password });
  const instance = await Instance.start(t, { settings: settingsFor(sink) });
  await waitForMail('the mail', () => sink.mails.length === 1);
  const [mail] = sink.mails;
  assert.deepEqual([mail.secure, mail.user, mail.password, mail.from, mail.to], [true, 'me', password, 'fastness@example.org', ['witness@example.org']]);
  assert.match(mail.header, /^Subject: Fastness ledger checkpoint 0$/m);
  assert.match(mail.body, /^fastness\/.*\/device-certificates\n0\n/);
  assert.deepEqual(sink.commands.filter(({ secure }) => !secure).map(({ word }) => word), ['EHLO', 'STARTTLS']);
  assert.ok(!instance.log.includes(password));

  const bare = await MailSink.start(t, { ...certificate, password, offersTls: false });
  const careful = await Instance.start(t, { settings: settingsFor(bare) });
  await waitFor('the refusal', () => /ledger_not_witnessed.*by=mail/.test(careful.log));
  assert.ok(bare.commands.every(({ word }) => ['EHLO', 'HELO', 'STARTTLS', 'QUIT'].includes(word)), 'no password, no mail');
  assert.equal(bare.mails.length, 0);
});
