// A device that nobody knows comes in by a claim code, from the code to the connection: with curl and
// OpenSSL, which know nothing of us, and with our command line. And it does not by what is no code.
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

async function makeCode(wish) {
  const { claim_codes: [made] } = await api('POST', '/api/v1/claim-codes', wish);
  return { id: made.claim_code.id, code: made.code };
}

/** A key of a device's own, made by OpenSSL, and its request as curl sends it. */
function stranger(name) {
  const { key } = keyAndRequest(instance.directory, name);
  const der = execFileSync('openssl', ['req', '-new', '-sha256', '-key', key, '-subj', '/CN=whatever', '-outform', 'DER'], { stdio: 'pipe' });
  return { name, key, request: der.toString('base64') };
}

/** What curl gets who shows `code`: `{status, headers, text}`. The code goes by a file, as a secret does. */
async function claim(board, code, target = '/.well-known/est/simpleenroll') {
  const config = path.join(instance.directory, `${board.name}.curl`);
  fs.writeFileSync(config, `user = "${board.name}:${code}"\n`, { mode: 0o600 });
  const { stdout } = await run('curl', ['--silent', '--show-error', '--config', config, '--cacert', instance.anchorsFile, '--include',
    '--header', 'Content-Type: application/pkcs10', '--data-binary', board.request, `${instance.url}${target}`]);
  const end = stdout.indexOf('\r\n\r\n');
  return { status: Number(stdout.split(' ')[1]), headers: stdout.slice(0, end).toLowerCase(), text: stdout.slice(end + 4) };
}

/** `board` with the certificate of an answer, as OpenSSL reads it. */
function enrolled(board, answer) {
  assert.equal(answer.status, 200, answer.text);
  const pem = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], { input: Buffer.from(answer.text, 'base64') }).toString();
  const certificate = path.join(instance.directory, `${board.name}.pem`);
  fs.writeFileSync(certificate, pem);
  const subject = execFileSync('openssl', ['x509', '-in', certificate, '-noout', '-subject', '-nameopt', 'RFC2253']).toString();
  return { ...board, certificate, id: /CN=([0-9a-f-]{36})/.exec(subject)[1] };
}

test('from a code to a connection, with an owner in between', async () => {
  const { id: codeId, code } = await makeCode({ label: 'shed' });
  const board = stranger('B827EB01');

  const waiting = await claim(board, code);
  assert.equal(waiting.status, 202);
  assert.match(waiting.headers, /retry-after: \d+/);
  const { claims } = await api('GET', '/api/v1/claims');
  assert.equal(claims.length, 1);
  assert.equal(claims[0].hardware_id, 'b827eb01');
  const spki = execFileSync('openssl', ['pkey', '-in', board.key, '-pubout', '-outform', 'DER']);
  const digest = execFileSync('openssl', ['dgst', '-sha256', '-r'], { input: spki }).toString().slice(0, 64);
  assert.equal(claims[0].key_sha256, digest, 'what the owner compares is what OpenSSL says of the key');

  const thief = stranger('thief');
  const refused = await claim(thief, code);
  assert.equal(refused.status, 409);
  assert.match(refused.text, /another key/);

  await api('POST', `/api/v1/claims/${claims[0].id}/approve`);
  assert.equal((await claim(thief, code)).status, 401);
  const device = enrolled(board, await claim(board, code));
  (await connect(instance, device)).end(true);
  const known = await api('GET', `/api/v1/devices/${device.id}`);
  assert.equal(known.name, 'shed-b827eb01');
  assert.equal(known.identity.state, 'active');

  const again = enrolled(board, await claim(board, code));
  assert.equal(again.id, device.id, 'an answer that was lost is given again');
  const { claim_codes: codes } = await api('GET', '/api/v1/claim-codes');
  assert.equal(codes.find((each) => each.id === codeId).uses, 1);
});

test('a batch admits its count and not one more, also at once', async () => {
  const { code } = await makeCode({ label: 'lot', uses: 3 });
  const boards = Array.from({ length: 6 }, (_, i) => stranger(`lot-${i}`));
  const answers = await Promise.all(boards.map((board) => claim(board, code)));
  assert.deepEqual(answers.map((each) => each.status).sort(), [200, 200, 200, 401, 401, 401]);
  for (const [i, answer] of answers.entries()) {
    if (answer.status === 200) (await connect(instance, enrolled(boards[i], answer))).end(true);
  }
});

test('what admits nobody looks the same, and a slip is told', async () => {
  const texts = new Set();
  const spent = await makeCode({ approval: 'none' });
  const first = stranger('spender');
  enrolled(first, await claim(first, spent.code));
  const revoked = await makeCode({ approval: 'none' });
  await api('DELETE', `/api/v1/claim-codes/${revoked.id}`);
  const bound = await makeCode({ approval: 'none', hardware_id: 'somebody-else' });
  const board = stranger('nobody');
  for (const code of [spent.code, revoked.code, bound.code, 'FC-7M3K-0PXV-9ZDB-WH52-J']) {
    const answer = await claim(board, code);
    assert.equal(answer.status, 401);
    texts.add(answer.text);
  }
  assert.equal(texts.size, 1, [...texts].join(''));
  assert.match((await claim(board, 'FC-7M3K-0PXV-9ZDB-WH52-K')).text, /check what was typed/);
  const { id } = await makeCode({});
  assert.equal((await claim(board, id)).status, 401, 'the id of a code is none');
});

test('on the command line: made by its owner, used by a device without a login', async () => {
  const board = new Person(file);
  const made = await owner.json('claim', 'create', '--label', 'attic');
  const code = made[0].code;
  const folder = board.file('identity');
  const args = ['device', 'enrol', '--est', instance.url, '--ca', instance.anchorsFile, '--name', 'PI-4', '--claim', '-', '--out', folder, '--no-wait'];

  const early = await board.run(args, { input: `${code}\n` });
  assert.equal(early.status, 6, early.stderr);
  assert.match(early.stderr, /owner has to approve/);
  const pending = await owner.json('claim', 'pending');
  const waiting = pending.find((each) => each.hardware_id === 'pi-4');
  assert.ok(early.stderr.includes(waiting.key_sha256), 'the device shows what its owner compares');
  await owner.ok('claim', 'approve', waiting.id);
  const done = await board.run(args, { input: `${code}\n` });
  assert.equal(done.status, 0, done.stderr);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['ca.crt', 'device.crt', 'device.key']);
  assert.equal(fs.statSync(path.join(folder, 'device.key')).mode & 0o777, 0o600);
  const files = { id: waiting.device_id, key: path.join(folder, 'device.key'), certificate: path.join(folder, 'device.crt') };
  (await connect(instance, files, { ca: fs.readFileSync(path.join(folder, 'ca.crt')) })).end(true);

  const again = await board.run(args, { input: `${code}\n` });
  assert.equal(again.status, 5, 'the folder has its certificate');
  const listed = await owner.ok('claim', 'list');
  assert.match(listed, /attic/);
  assert.ok(!listed.includes(code));
});

test('on the command line: labels as a file that only its owner reads', async () => {
  const csv = owner.file('labels.csv');
  await owner.ok('claim', 'create', '--codes', '3', '--label', 'lot-7', '--expires', '2w', '--csv', csv);
  assert.equal(fs.statSync(csv).mode & 0o777, 0o600);
  const [head, ...rows] = fs.readFileSync(csv, 'utf8').trim().split(/\r?\n/);
  assert.match(head, /^code,/i);
  assert.equal(new Set(rows.map((row) => row.split(',')[0])).size, 3);
  for (const row of rows) assert.match(row, /^FC(-[0-9A-HJKMNP-TV-Z]{4}){4}-[0-9A-HJKMNP-TV-Z],lot-7,/);
  const wrong = await owner.run(['claim', 'create', '--expires', 'soon']);
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /7d/);
});

test('a code outlives a kill between two of its devices, and so does its count', async () => {
  const { code } = await makeCode({ label: 'kill', uses: 2 });
  const [first, second, third] = ['kill-1', 'kill-2', 'kill-3'].map(stranger);
  enrolled(first, await claim(first, code));
  await instance.kill();
  await instance.start();
  enrolled(second, await claim(second, code));
  assert.equal((await claim(third, code)).status, 401);
});
