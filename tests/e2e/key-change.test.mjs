// Another key for a device, with OpenSSL and curl: both keys sign, the owner is told and takes it back.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { client } from './support/api.mjs';
import { connect, keyAndRequest } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const run = promisify(execFile);

/** A device with a certificate of sixty days. */
async function device(instance, api, name) {
  const { id } = await api('POST', '/api/v1/devices', { name, type: 'generic_device_secretkey' });
  const { key, csr } = keyAndRequest(instance.directory, id);
  const issued = await api('POST', `/api/v1/devices/${id}/enrol`, { csr_pem: csr, profile: 'standard' });
  const certificate = path.join(instance.directory, `${id}.pem`);
  fs.writeFileSync(certificate, issued.certificate_pem);
  return { id, key, certificate };
}

const spkiDigest = (key) => createHash('sha256').update(execFileSync('openssl', ['pkey', '-in', key, '-pubout', '-outform', 'DER'], { stdio: 'pipe' })).digest();

/** A new key, the request for it, and what `signer` signs for it. */
function wish(instance, board, { signer = board.key, name = 'next' } = {}) {
  const { key } = keyAndRequest(instance.directory, `${board.id}.${name}`);
  const request = execFileSync('openssl', ['req', '-new', '-sha256', '-key', key, '-subj', `/CN=${board.id}`, '-outform', 'DER'], { stdio: 'pipe' }).toString('base64');
  const statement = Buffer.concat([Buffer.from('fastness device key continuity v1\n'), Buffer.from(board.id.replaceAll('-', ''), 'hex'), spkiDigest(key)]);
  const signature = execFileSync('openssl', ['dgst', '-sha256', '-sign', signer], { input: statement, stdio: ['pipe', 'pipe', 'pipe'] }).toString('base64');
  return { key, request, signature };
}

/** What the server answers: `{status, text}`. */
async function ask(instance, board, { request, signature }) {
  const headers = ['Content-Type: application/pkcs10', ...(signature ? [`Fastness-Old-Key-Signature: ${signature}`] : [])];
  const { stdout } = await run('curl', [
    ...['--silent', '--show-error', '--cacert', instance.anchorsFile, '--write-out', '\n%{http_code}'],
    ...(board ? ['--cert', board.certificate, '--key', board.key] : []),
    ...headers.flatMap((header) => ['--header', header]),
    ...['--data-binary', request, `${instance.url}/.well-known/est/simplereenroll`],
  ]);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
}

/** `board` with another key, and the certificate of an answer, which must be for that. */
function changed(instance, board, wanted, answer) {
  assert.equal(answer.status, 200, answer.text);
  const pem = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], { input: Buffer.from(answer.text, 'base64'), stdio: ['pipe', 'pipe', 'pipe'] }).toString();
  const certificate = path.join(instance.directory, `${board.id}.next.pem`);
  fs.writeFileSync(certificate, pem);
  return { ...board, key: wanted.key, certificate };
}

test('a device goes on with another key, and the old one ends when it has come by the new one', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const before = await device(instance, api, 'orchard');
  const lives = await connect(instance, before, { clientId: 'by-the-old-key' });

  const wanted = wish(instance, before);
  const answer = await ask(instance, before, wanted);
  const after = changed(instance, before, wanted, answer);
  assert.deepEqual(await ask(instance, before, wanted), answer, 'an answer that was lost is given again');

  const shown = (await api('GET', `/api/v1/devices/${before.id}`)).identity.key_change;
  assert.equal(shown.state, 'open');
  assert.equal(shown.old_key_sha256, spkiDigest(before.key).toString('hex'));
  assert.equal(shown.new_key_sha256, spkiDigest(after.key).toString('hex'));
  assert.equal(Date.parse(shown.undo_until) - Date.parse(shown.changed_at), 86_400_000);
  const home = await api('GET', '/api/v1/home');
  assert.ok(home.attention.some((each) => each.kind === 'key_changed' && each.device_id === before.id));
  (await connect(instance, before)).end(true);
  assert.equal(lives.connected, true, 'both keys let it in');

  const closed = once(lives, 'close');
  const next = await connect(instance, after);
  await closed;
  await waitFor('the new key alone', async () => (await api('GET', `/api/v1/devices/${before.id}`)).identity.key_change.state === 'settled');
  await assert.rejects(connect(instance, before), 'the old key is over');
  assert.equal(next.connected, true, 'who came by the new one stays');
  next.end(true);
  assert.equal((await ask(instance, before, wanted)).status, 403, 'and it asks for nothing any more');
});

test('both keys sign, or there is none', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const [board, other] = [await device(instance, api, 'mine'), await device(instance, api, 'other')];
  const good = wish(instance, board);

  assert.equal((await ask(instance, undefined, good)).status, 401, 'nobody showed the old key');
  assert.equal((await ask(instance, other, good)).status, 400, 'nor another device');
  const silent = await ask(instance, board, { ...good, signature: undefined });
  assert.equal(silent.status, 403);
  assert.match(silent.text, /Fastness-Old-Key-Signature/, 'it says what is missing');
  assert.equal((await ask(instance, board, wish(instance, board, { signer: other.key, name: 'a' }))).status, 400, 'another key signed');
  const self = wish(instance, board, { name: 'b' });
  assert.equal((await ask(instance, board, { ...self, signature: good.signature })).status, 400, 'a signature for another key');
  const damaged = Buffer.from(good.request, 'base64');
  damaged[damaged.length - 1] ^= 1;
  assert.equal((await ask(instance, board, { ...good, request: damaged.toString('base64') })).status, 400, 'the new key did not sign');

  await api('POST', `/api/v1/devices/${board.id}/suspend`, {});
  const suspended = await ask(instance, board, good);
  assert.equal(suspended.status, 403);
  assert.match(suspended.text, /device_suspended/);
  await api('POST', `/api/v1/devices/${board.id}/resume`, {});
  await api('POST', `/api/v1/devices/${other.id}/revoke`, {});
  assert.equal((await ask(instance, other, wish(instance, other, { name: 'c' }))).status, 403, 'a revoked one');

  assert.equal((await ask(instance, board, good)).status, 200, 'none of it stood in the way');
  assert.equal((await ask(instance, board, wish(instance, board, { name: 'd' }))).status, 409, 'a second one within a day');
});

test('the owner takes it back: the new key is out at once, and a crash brings it not back', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = await client(instance, key);
  const before = await device(instance, api, 'orchard');
  const wanted = wish(instance, before);
  const after = changed(instance, before, wanted, await ask(instance, before, wanted));
  const thief = await connect(instance, after);

  const owner = new Person(t);
  await owner.logIn(instance, key);
  const closed = once(thief, 'close');
  const shown = await owner.json('device', 'undo-key-change', 'orchard');
  await closed;

  assert.equal(shown.identity.key_change.state, 'undone');
  await assert.rejects(connect(instance, after), 'the new key is out');
  (await connect(instance, before)).end(true);
  assert.equal((await ask(instance, before, wanted)).status, 409, 'nor is it sent again');
  await assert.rejects(api('POST', `/api/v1/devices/${before.id}/undo-key-change`, {}), (error) => error.answer.status === 409);

  await instance.kill();
  await instance.restart();
  await assert.rejects(connect(instance, after));
  (await connect(instance, before)).end(true);
});

test('fastness device renew --new-key makes a key that the old one vouches for, and keeps one that works', async (t) => {
  const instance = await Instance.start(t);
  const person = new Person(t);
  await person.logIn(instance, await instance.init());
  const { id } = await person.json('device', 'create', 'orchard');
  const folder = person.file('orchard');
  await person.ok('device', 'enrol', 'orchard', '--out', folder);
  const file = (name) => path.join(folder, name);
  const read = (name) => fs.readFileSync(file(name), 'utf8');
  const before = { id, key: person.file('before.key'), certificate: person.file('before.crt') };
  fs.copyFileSync(file('device.key'), before.key);
  fs.copyFileSync(file('device.crt'), before.certificate);
  const [key, certificate] = [read('device.key'), read('device.crt')];
  const renew = (mqtt, ...more) => person.run(['device', 'renew', folder, '--server', instance.url, '--mqtt', mqtt, ...more]);

  // Nobody lets it in with the new one: the old key goes on, and the new one waits on the disk.
  const nowhere = await renew('localhost:1', '--new-key');
  assert.equal(nowhere.status, 6, nowhere.stderr);
  assert.match(nowhere.stderr, /the old certificate stays/);
  assert.deepEqual([read('device.key'), read('device.crt')], [key, certificate]);
  assert.equal(fs.statSync(file('renewal/next.key')).mode & 0o777, 0o600);
  (await connect(instance, before)).end(true);

  // The next run goes on where that one ended, also without being told to.
  const done = await renew(`localhost:${instance.port('mqtts')}`, '-o', 'json');
  assert.equal(done.status, 0, done.stderr);
  const told = JSON.parse(done.stdout);
  assert.equal(told.renewed, true);
  assert.equal(told.key_sha256, spkiDigest(file('device.key')).toString('hex'));
  assert.notEqual(told.key_sha256, spkiDigest(before.key).toString('hex'));
  assert.ok(!fs.existsSync(file('renewal/next.key')));
  assert.equal(fs.statSync(file('device.key')).mode & 0o777, 0o600);
  (await connect(instance, { id, key: file('device.key'), certificate: file('device.crt') })).end(true);
  await waitFor('the old key to be over', () => connect(instance, before).then((session) => void session.end(true), () => true));

  const again = await renew(`localhost:${instance.port('mqtts')}`, '--new-key');
  assert.notEqual(again.status, 0, 'twice within a day');
  assert.match(again.stderr, /changed|Renew it first/);
  assert.equal(told.key_sha256, spkiDigest(file('device.key')).toString('hex'));
});
