// What OpenSSL's and GnuTLS's own tools find at the HTTPS port: versions, suites, resumption, and what is refused.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const request = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';

/** Runs a TLS client with the request on its standard input; resolves with all it printed. */
async function run(program, ...args) {
  const child = spawn(program, args);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  child.stdin.on('error', () => {});
  child.stdin.write(request);
  const timer = setTimeout(() => child.kill(), 10_000);
  await once(child, 'close');
  clearTimeout(timer);
  return output;
}

const openssl = (instance, ...args) =>
  run('openssl', 's_client', '-connect', `localhost:${instance.port('https')}`, '-servername', 'localhost', '-verify_hostname', 'localhost',
    '-CAfile', instance.anchorsFile, '-ign_eof', ...args);

const gnutls = (instance, versions, ...args) =>
  run('gnutls-cli', '--x509cafile', instance.anchorsFile, '-p', String(instance.port('https')), 'localhost',
    '--priority', `NORMAL:-VERS-ALL:+VERS-TLS${versions}`, ...args);

test('both versions verify, agree on an AEAD suite and resume', async (t) => {
  const instance = await Instance.start(t);
  for (const flag of ['-tls1_2', '-tls1_3']) {
    const session = path.join(instance.directory, `session${flag}.pem`);
    const first = await openssl(instance, flag, '-alpn', 'h2,http/1.1', '-sess_out', session);
    assert.match(first, /Verify return code: 0/, first);
    assert.match(first, /Cipher is (ECDHE-ECDSA-AES128-GCM-SHA256|TLS_AES_128_GCM_SHA256)/);
    assert.match(first, /ALPN protocol: http\/1\.1/);
    assert.match(first, /Compression: NONE/);
    assert.match(first, /HTTP\/1\.1 200/);
    assert.match(await openssl(instance, flag, '-sess_in', session), /^Reused,/m);
  }
  for (const version of ['1.2', '1.3']) {
    const answer = await gnutls(instance, version, '-r');
    assert.match(answer, /This is a resumed session/, answer);
    assert.match(answer, /HTTP\/1\.1 200/);
    assert.doesNotMatch(answer, /Fatal error/);
  }
});

test('an RSA certificate is shown to those who need one, if the owner wants that', async (t) => {
  const instance = await Instance.start(t, { settings: { 'server.rsa': 'true' } });
  for (const old of [['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'], ['-tls1_3', '-sigalgs', 'rsa_pss_rsae_sha256']]) {
    const answer = await openssl(instance, ...old);
    assert.match(answer, /Verify return code: 0/, answer);
    assert.match(answer, /Peer signature type: RSA-PSS/);
    assert.match(answer, /Server public key is 2048 bit/);
    assert.match(answer, /HTTP\/1\.1 200/);
  }
  assert.match(await openssl(instance), /Peer signature type: ECDSA/);
});

test('old versions, weak suites and foreign protocols are refused', async (t) => {
  const instance = await Instance.start(t);
  const attempts = [
    ['-tls1', '-cipher', 'ALL:@SECLEVEL=0'],
    ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'],
    ['-tls1_2', '-cipher', 'AES128-SHA:AES128-GCM-SHA256'],
    ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA'],
    ['-tls1_3', '-groups', 'P-521'],
    ['-alpn', 'mqtt'],
  ];
  for (const attempt of attempts) {
    const answer = await openssl(instance, ...attempt);
    assert.match(answer, /alert/, attempt.join(' '));
    assert.doesNotMatch(answer, /HTTP\/1\.1/);
  }
  assert.match(await openssl(instance), /HTTP\/1\.1 200/);
});

/** A certificate for localhost by an authority of its own, as PEM files; returns the authority's file. */
function certify(directory, commonName) {
  const file = (name) => path.join(directory, name);
  const run = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  run('req', '-x509', ...key, '-keyout', file('ca.key'), '-out', file('ca.pem'), '-subj', '/CN=Somebody else', '-days', '2');
  run('req', '-new', ...key, '-keyout', file('new.key'), '-out', file('new.csr'), '-subj', `/CN=${commonName}`);
  fs.writeFileSync(file('ext'), 'subjectAltName=DNS:localhost\n');
  run('x509', '-req', '-in', file('new.csr'), '-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', file('ext'), '-out', file('new.pem'));
  fs.renameSync(file('new.key'), file('server.key'));
  fs.renameSync(file('new.pem'), file('server.pem'));
  return file('ca.pem');
}

test('a certificate of another authority is shown, and its successor without a restart', async (t) => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-tls-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  let authority = certify(directory, 'first');
  const instance = await Instance.start(t, {
    settings: { 'server.certificate_file': path.join(directory, 'server.pem'), 'server.key_file': path.join(directory, 'server.key') },
  });
  const shown = () => openssl(instance, '-CAfile', authority);
  assert.match(await shown(), /CN = first[^]*Verify return code: 0/);
  const { pid } = instance;

  authority = certify(directory, 'second');
  await waitFor('the new certificate', async () => /CN = second[^]*Verify return code: 0/.test(await shown()));
  assert.equal(instance.pid, pid);

  fs.writeFileSync(path.join(directory, 'server.pem'), 'no certificate\n');
  await waitFor('the complaint', () => /certificate_not_renewed/.test(instance.log));
  assert.match(await shown(), /CN = second[^]*Verify return code: 0/, 'a mistake in the file leaves the old one in use');
});
