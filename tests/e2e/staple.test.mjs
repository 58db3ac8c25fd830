// The status of the server's own certificate, by files that its owner keeps fresh: OpenSSL and curl are shown it by every listener.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Instance } from './support/instance.mjs';
import { answer, answerByOpenssl, certify, makeAuthority } from './support/status.mjs';
import { waitFor } from './support/wait.mjs';

const minute = 60_000;
const listeners = ['https', 'mqtts', 'mqtts_secret', 'mqtts_certificate'];

function directoryFor(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-staple-'));
  t.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** As tools that renew do it: whoever reads sees the whole of the old or the new. */
function put(file, bytes) {
  fs.writeFileSync(`${file}.new`, bytes);
  fs.renameSync(`${file}.new`, file);
}

/** What an authority says, from and until so many minutes from now. */
function answerFor(authority, leaf, from, until, rest = {}) {
  const at = (minutes) => new Date(Date.now() + minutes * minute);
  return answer(authority, leaf, { from: at(from), until: at(until), ...rest });
}

/** What OpenSSL's client prints that asks for a status. */
async function ask(instance, authority, listener, ...args) {
  const child = spawn('openssl', ['s_client', '-connect', `localhost:${instance.port(listener)}`, '-servername', 'localhost', '-verify_hostname', 'localhost',
    '-CAfile', authority.certificate, '-status', ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  child.stdin.on('error', () => {}).end();
  const timer = setTimeout(() => child.kill(), 10_000);
  await once(child, 'close');
  clearTimeout(timer);
  return output;
}

/** The answer's last line of time, as OpenSSL prints it; "none" if it was shown no answer. */
function untilOf(output) {
  if (/OCSP response: no response sent/.test(output)) return 'none';
  assert.match(output, /OCSP Response Status: successful[^]*Cert Status: good/, output);
  return new Date(output.match(/Next Update: (.*)/)[1]).getTime();
}

const secondsOf = (answerDer) => {
  const times = [...answerDer.toString('latin1').matchAll(/\x18\x0f(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z/g)];
  const [, year, month, day, hour, min, second] = times.at(-1).map(Number);
  return Date.UTC(year, month - 1, day, hour, min, second);
};

/** How often the log has a line of that event. */
const count = (instance, event) => instance.log.match(new RegExp(`event=${event}\\b`, 'g'))?.length ?? 0;

test('every listener shows clients the status of its certificate, and the next file without a restart', async (t) => {
  const directory = directoryFor(t);
  const authority = makeAuthority(directory, 'Somebody else');
  const leaf = certify(authority, 'server');
  const file = path.join(directory, 'status.der');
  const first = answerByOpenssl(authority, leaf);
  put(file, first);
  const instance = await Instance.start(t, {
    settings: { 'server.certificate_file': leaf.chain, 'server.key_file': leaf.key, 'server.staple_file': file },
  });
  const { pid } = instance;

  for (const listener of listeners) {
    for (const version of ['-tls1_2', '-tls1_3']) {
      const output = await ask(instance, authority, listener, version);
      assert.equal(untilOf(output), secondsOf(first), `${listener} ${version}`);
      assert.match(output, /Verify return code: 0/, output);
    }
  }
  const curl = (...args) => spawnSync('curl', ['--silent', '--show-error', '--cacert', authority.certificate, ...args, `${instance.url}/healthz`], { encoding: 'utf8' });
  const verified = curl('--cert-status');
  assert.equal(verified.status, 0, verified.stderr);

  const second = answerFor(authority, leaf, -1, 120);
  put(file, second);
  await waitFor('the next one', async () => untilOf(await ask(instance, authority, 'https')) === secondsOf(second));
  for (const listener of listeners) assert.equal(untilOf(await ask(instance, authority, listener)), secondsOf(second), listener);
  assert.equal(instance.pid, pid);
  await waitFor('both in the log', () => count(instance, 'staple_shown') === 2);
  assert.equal(count(instance, 'staple_missing'), 0);
});

test('what must not be believed is not shown, and what goes wrong is told', async (t) => {
  const directory = directoryFor(t);
  const authority = makeAuthority(directory, 'Somebody else');
  const stranger = makeAuthority(directory, 'stranger');
  const leaf = certify(authority, 'server', { features: 'tlsfeature=status_request\n' });
  const other = certify(authority, 'other');
  const file = path.join(directory, 'status.der');
  const instance = await Instance.start(t, {
    settings: { 'server.certificate_file': leaf.chain, 'server.key_file': leaf.key, 'server.staple_file': file },
  });
  const shown = async () => untilOf(await ask(instance, authority, 'https'));
  const told = (event, why = '') => waitFor(`${event} ${why}`, () => new RegExp(`event=${event}\\b.*${why}`).test(instance.log), { seconds: 60 });

  // The certificate demands one, and the file is not there yet: the server starts all the same.
  await told('staple_missing');
  await told('staple_refused', 'status.der');
  assert.equal(await shown(), 'none');

  const refused = {
    'larger than': Buffer.alloc(70_000),
    'signed by nobody': answerFor(authority, leaf, -1, 60, { by: stranger }),
    'another certificate': answerFor(authority, other, -1, 60),
    'is over': answerFor(authority, leaf, -60, -1),
  };
  for (const [why, bytes] of Object.entries(refused)) {
    put(file, bytes);
    await told('staple_refused', why);
    assert.equal(await shown(), 'none', why);
  }

  const good = answerFor(authority, leaf, -1, 60);
  put(file, good);
  await told('staple_shown');
  assert.equal(await shown(), secondsOf(good));

  // A file that cannot be used says nothing against the one before.
  put(file, good.subarray(0, 100));
  await told('staple_refused', 'no answer of OCSP');
  assert.equal(await shown(), secondsOf(good));

  // But who takes back what it said is believed at once.
  put(file, answerFor(authority, leaf, -1, 60, { isRevoked: true }));
  await told('server_certificate_revoked', 'has revoked');
  assert.equal(await shown(), 'none');
  await waitFor('the demand that is not met again', () => count(instance, 'staple_missing') === 2);

  // And nothing is shown past its time.
  put(file, answerFor(authority, leaf, -60, 1 / 3));
  await told('staple_ending');
  await told('staple_over');
  assert.equal(await shown(), 'none');
});

test('the RSA certificate has a status of its own', async (t) => {
  const directory = directoryFor(t);
  const authority = makeAuthority(directory, 'Somebody else');
  const leaf = certify(authority, 'server');
  const rsa = certify(authority, 'rsa', { kind: ['rsa:2048'] });
  const [ofLeaf, ofRsa] = [answerFor(authority, leaf, -1, 60), answerFor(authority, rsa, -1, 90)];
  const [file, rsaFile] = ['status.der', 'rsa.der'].map((name) => path.join(directory, name));
  put(file, ofLeaf);
  put(rsaFile, ofRsa);
  const instance = await Instance.start(t, {
    settings: {
      'server.certificate_file': leaf.chain, 'server.key_file': leaf.key, 'server.staple_file': file,
      'server.rsa_certificate_file': rsa.chain, 'server.rsa_key_file': rsa.key, 'server.rsa_staple_file': rsaFile,
    },
  });

  assert.equal(untilOf(await ask(instance, authority, 'https')), secondsOf(ofLeaf));
  for (const old of [['-tls1_2', '-cipher', 'ECDHE-RSA-AES128-GCM-SHA256'], ['-tls1_3', '-sigalgs', 'rsa_pss_rsae_sha256']]) {
    for (const listener of ['https', 'mqtts']) {
      assert.equal(untilOf(await ask(instance, authority, listener, ...old)), secondsOf(ofRsa), `${listener} ${old}`);
    }
  }
});
