// A batch of devices has a key of its maker's: each comes in by it once, with OpenSSL and curl, which
// know nothing of us, and with our command line. And the key does nothing else.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { client } from './support/api.mjs';
import { connect, keyAndRequest } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';

const run = promisify(execFile);
const file = wholeFile();
const first = '/.well-known/est/simpleenroll';
let instance;
let api;
let owner;

before(async () => {
  instance = await Instance.start(file);
  const key = await instance.init();
  api = await client(instance, key);
  owner = new Person(file);
  await owner.logIn(instance, key);
});

/** A key and a certificate that it signed itself, as OpenSSL makes them: `{key, certificate, pem}`. */
function selfSigned(name, commonName) {
  const [key, certificate] = ['key', 'pem'].map((end) => path.join(instance.directory, `${name}.claim.${end}`));
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30',
    '-subj', `/CN=${commonName}`, '-keyout', key, '-out', certificate], { stdio: 'pipe' });
  return { key, certificate, pem: fs.readFileSync(certificate, 'utf8') };
}

/** One that is registered. */
async function batch(name, wish = {}) {
  const { common_name: organisation } = await api('GET', '/api/v1/claim-certificates');
  const made = selfSigned(name, organisation);
  const { id } = await api('POST', '/api/v1/claim-certificates', { certificate_pem: made.pem, uses: 3, label: name, ...wish });
  return { ...made, id, organisation };
}

/** A key of a device's own, made by OpenSSL, and its request as curl sends it. */
function stranger(name, key = keyAndRequest(instance.directory, name).key) {
  const der = execFileSync('openssl', ['req', '-new', '-sha256', '-key', key, '-subj', `/CN=${name}`, '-outform', 'DER'], { stdio: 'pipe' });
  return { name, key, request: der.toString('base64') };
}

/** What curl gets who shows `as`: `{status, text}`. Rejects if the server refuses the handshake. */
async function ask(as, target, { body, token } = {}) {
  const args = ['--silent', '--show-error', '--cacert', instance.anchorsFile, '--write-out', '\n%{http_code}'];
  if (as) args.push('--cert', as.certificate, '--key', as.key);
  if (token) args.push('--header', `Authorization: Bearer ${token}`);
  if (body !== undefined) args.push('--header', 'Content-Type: application/pkcs10', '--data-binary', body);
  const { stdout } = await run('curl', [...args, `${instance.url}${target}`]);
  const end = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(end + 1)), text: stdout.slice(0, end) };
}
const claim = (as, board) => ask(as, first, { body: board.request });

/** `board` with the certificate of an answer, as OpenSSL reads it. */
function enrolled(board, answer) {
  assert.equal(answer.status, 200, answer.text);
  const pem = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], { input: Buffer.from(answer.text, 'base64') }).toString();
  const certificate = path.join(instance.directory, `${board.name}.pem`);
  fs.writeFileSync(certificate, pem);
  const subject = execFileSync('openssl', ['x509', '-in', certificate, '-noout', '-subject', '-nameopt', 'RFC2253']).toString();
  return { ...board, certificate, id: /CN=([0-9a-f-]{36})/.exec(subject)[1] };
}

test('from a key in a batch to a connection, for as many as it is for', async () => {
  const lot = await batch('lot-7', { uses: 2 });
  const boards = ['one', 'two', 'three', 'four'].map((name) => stranger(name));

  const answers = await Promise.all(boards.map((board) => claim(lot, board)));

  assert.deepEqual(answers.map((each) => each.status).sort(), [200, 200, 403, 403]);
  for (const [i, answer] of answers.entries()) {
    if (answer.status !== 200) continue;
    const device = enrolled(boards[i], answer);
    (await connect(instance, device)).end(true);
    assert.equal((await api('GET', `/api/v1/devices/${device.id}`)).name, `lot-7-${boards[i].name}`);
    assert.equal(enrolled(boards[i], await claim(lot, boards[i])).id, device.id, 'an answer that was lost is given again');
  }
  const { claim_certificates: [listed] } = await api('GET', '/api/v1/claim-certificates');
  assert.equal(listed.uses, 2);
  const fingerprint = execFileSync('openssl', ['x509', '-in', lot.certificate, '-noout', '-fingerprint', '-sha256']).toString();
  assert.equal(fingerprint.split('=')[1].replaceAll(':', '').trim().toLowerCase(), listed.fingerprint);
});

test('its devices wait for the owner, if the owner wants that', async () => {
  const lot = await batch('asking', { approval: 'owner' });
  const board = stranger('asks');
  assert.equal((await claim(lot, board)).status, 202);
  const { claims: [waiting] } = await api('GET', '/api/v1/claims');
  assert.equal(waiting.by, 'certificate');
  await api('POST', `/api/v1/claims/${waiting.id}/approve`);
  (await connect(instance, enrolled(board, await claim(lot, board)))).end(true);
});

test('it opens nothing but first enrolment, and to MQTT it is a stranger and no alarm', async () => {
  const lot = await batch('attack');
  const [board, other] = [stranger('attacked'), stranger('attacker')];
  const device = enrolled(board, await claim(lot, board));
  for (const target of ['/api/v1/devices', '/api/v1/claims', '/api/v1/home', `/api/v1/devices/${device.id}`, '/iot/v2/devices']) {
    assert.equal((await ask(lot, target)).status, 401, target);
  }
  const reenrol = '/.well-known/est/simplereenroll';
  assert.equal((await ask(lot, reenrol, { body: board.request })).status, 403);
  assert.equal((await ask(lot, '/.well-known/est/renewal-info')).status, 403);
  assert.equal((await ask(device, first, { body: other.request })).status, 401, 'nor does a device let others in');

  for (const port of ['mqtts', 'mqtts_certificate']) {
    await assert.rejects(connect(instance, { id: device.id, ...lot }, { port: instance.port(port) }), port);
  }
  assert.doesNotMatch(instance.log, /forged_certificate/);
  assert.ok(!JSON.stringify(await api('GET', '/api/v1/home')).includes('identity_forged'));

  const named = stranger(device.id, other.key);
  assert.notEqual(enrolled(named, await claim(lot, named)).id, device.id, 'nobody takes the place of a device that is there');
  (await connect(instance, device)).end(true);
  const own = stranger('everybody', lot.key);
  assert.equal((await claim(lot, own)).status, 400, 'its own key would be every device\'s');
});

test('its public half does nothing, and nobody registers one that they found', async () => {
  const lot = await batch('public');
  const thief = selfSigned('thief', lot.organisation);
  await assert.rejects(claim({ certificate: lot.certificate, key: thief.key }, stranger('nobody')), 'without its key');
  await assert.rejects(claim(thief, stranger('nobody')), 'a certificate of the same name that is not registered');
  const theirs = selfSigned('theirs', '00000000-0000-4000-8000-000000000000');
  await assert.rejects(api('POST', '/api/v1/claim-certificates', { certificate_pem: theirs.pem }), /common name/);
  await assert.rejects(api('POST', '/api/v1/claim-certificates', { certificate_pem: lot.pem }), /409/);
});

test('one that is revoked shakes hands no more', async () => {
  const lot = await batch('revoked');
  const board = stranger('late');
  await api('DELETE', `/api/v1/claim-certificates/${lot.id}`);
  await assert.rejects(claim(lot, board));
});

test('on the command line: made by its owner, used by a device without a login', async () => {
  const serials = owner.file('serials.txt', 'PI-4\npi-5\n');
  const lot = owner.file('lot');
  const made = await owner.json('claim', 'certificate', 'create', '--out', lot, '--hardware-ids', serials, '--label', 'attic');
  assert.equal(made.most_uses, 2);
  assert.equal(fs.statSync(path.join(lot, 'claim.key')).mode & 0o777, 0o600);
  const again = await owner.run(['claim', 'certificate', 'create', '--out', lot]);
  assert.equal(again.status, 5, again.stderr);

  const board = new Person(file);
  const folder = board.file('identity');
  const args = (name, out) => ['device', 'enrol', '--est', instance.url, '--ca', instance.anchorsFile, '--name', name,
    '--claim-cert', path.join(lot, 'claim.crt'), '--claim-key', path.join(lot, 'claim.key'), '--out', out];
  const done = await board.run(args('PI-4', folder));
  assert.equal(done.status, 0, done.stderr);
  const certificate = path.join(folder, 'device.crt');
  const subject = execFileSync('openssl', ['x509', '-in', certificate, '-noout', '-subject', '-nameopt', 'RFC2253']).toString();
  const files = { id: /CN=([0-9a-f-]{36})/.exec(subject)[1], key: path.join(folder, 'device.key'), certificate };
  (await connect(instance, files, { ca: fs.readFileSync(path.join(folder, 'ca.crt')) })).end(true);
  const stray = await board.run(args('pi-6', board.file('stray')));
  assert.equal(stray.status, 4, stray.stderr);

  assert.match(await owner.ok('claim', 'certificate', 'list'), /attic/);
  await owner.ok('claim', 'certificate', 'revoke', made.id);
  const late = await board.run(args('pi-5', board.file('late')));
  assert.notEqual(late.status, 0);
  assert.equal((await api('GET', '/api/v1/claim-certificates')).claim_certificates.find((each) => each.id === made.id), undefined);
});

// Last: the server is at other ports afterwards, where the login above does not lead.
test('it outlives a kill, and so does its count', async () => {
  const lot = await batch('kill', { uses: 2 });
  const [one, two, three] = ['kill-1', 'kill-2', 'kill-3'].map((name) => stranger(name));
  enrolled(one, await claim(lot, one));
  await instance.kill();
  await instance.start();
  enrolled(two, await claim(lot, two));
  assert.equal((await claim(lot, three)).status, 403);
});
