// The ledger in public: what an owner downloads, a stranger checks in another folder without the server; by our program, and by a
// second one that is written here from docs/ledger.md alone.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { client } from './support/api.mjs';
import { enrol as enrolBoard } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const file = wholeFile();
let instance;
let owner;
let stranger;  // has files and a key, and never logs in

before(async () => {
  instance = await Instance.start(file);
  owner = new Person(file);
  stranger = new Person(file);
  await owner.logIn(instance, await instance.init());
});

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), crypto.createHash('sha256')).digest();
const node = (left, right) => sha256(Buffer.from([1]), left, right);

/** Enrols a new board; resolves to its id and the certificate it got. */
async function enrol(name) {
  const { id } = await owner.json('device', 'create', name);
  await owner.ok('device', 'enrol', name, '--out', owner.file(name));
  return { id, certificate: new crypto.X509Certificate(fs.readFileSync(path.join(owner.file(name), 'device.crt'))) };
}

/** Downloads to a file of the stranger's. */
async function download(name, ...command) {
  const place = stranger.file(name);
  await owner.ok(...command, '--out', place);
  return place;
}

/** What a signed checkpoint says, if `vkey` signed it (C2SP signed-note and tlog-checkpoint). */
function openCheckpoint(text, vkey) {
  const [, name, id, key] = /^([^+ ]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const typed = Buffer.from(key, 'base64');
  assert.equal(typed[0], 1, 'Ed25519');
  assert.equal(sha256(`${name}\n`, typed).subarray(0, 4).toString('hex'), id);
  const end = text.lastIndexOf('\n\n') + 1;
  const body = text.slice(0, end);
  const line = text.slice(end + 1).split('\n').find((each) => each.startsWith(`\u2014 ${name} `));
  const signature = Buffer.from(line.split(' ').at(-1), 'base64');
  assert.equal(signature.subarray(0, 4).toString('hex'), id);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), typed.subarray(1)]);
  assert.ok(crypto.verify(null, Buffer.from(body), crypto.createPublicKey({ key: spki, format: 'der', type: 'spki' }), signature.subarray(4)));
  const [origin, size, root] = body.split('\n');
  assert.equal(origin, name);
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

/** The root that the hashes of a proof lead to, by the recursion of RFC 6962 2.1.1 turned around. */
function rootFrom(hash, index, size, hashes) {
  if (size === 1) {
    assert.equal(hashes.length, 0);
    return hash;
  }
  let left = 1;
  while (left * 2 < size) left *= 2;
  const beside = hashes.at(-1);
  const rest = hashes.slice(0, -1);
  return index < left ? node(rootFrom(hash, index, left, rest), beside) : node(beside, rootFrom(hash, index - left, size - left, rest));
}

/** Both roots that a consistency proof leads to, by the recursion of RFC 6962 2.1.2 turned around. */
function rootsFrom(old, size, hashes, oldRoot, whole = true) {
  if (old === size) return whole ? [oldRoot, oldRoot] : [hashes.at(-1), hashes.at(-1)];
  let left = 1;
  while (left * 2 < size) left *= 2;
  const beside = hashes.at(-1);
  const rest = hashes.slice(0, -1);
  if (old <= left) {
    const [before, now] = rootsFrom(old, left, rest, oldRoot, whole);
    return [before, node(now, beside)];
  }
  const [before, now] = rootsFrom(old - left, size - left, rest, oldRoot, false);
  return [node(beside, before), node(beside, now)];
}

test('a board is enrolled, and its proof is checked without the server, twice', async () => {
  await enrol('neighbour');
  const board = await enrol('greenhouse');
  await enrol('shed');
  const proof = await download('proof.json', 'device', 'proof', 'greenhouse');
  const key = (await owner.ok('ledger', 'key')).trim();

  const shown = await stranger.json('ledger', 'verify', proof, '--key', key);
  assert.equal(shown.device, board.id);
  assert.equal(shown.serial.toLowerCase(), board.certificate.serialNumber.toLowerCase());
  assert.equal(shown.key_digest, sha256(board.certificate.publicKey.export({ format: 'der', type: 'spki' })).toString('hex'));
  assert.equal(shown.generation, 1);
  assert.deepEqual([shown.index, shown.tree_size], [1, 3]);
  const words = await stranger.ok('ledger', 'verify', proof, '--key', key);
  assert.match(words, /^It holds: this certificate is in the ledger that fastness\/.*\/device-certificates signs\.\n/);
  assert.ok(words.includes(board.id) && words.includes(shown.key_digest));

  const document = JSON.parse(fs.readFileSync(proof, 'utf8'));
  const checkpoint = openCheckpoint(document.checkpoint, key);
  const entry = Buffer.from(document.entry, 'base64');
  const hashes = document.hashes.map((hash) => Buffer.from(hash, 'base64'));
  assert.deepEqual(rootFrom(sha256(Buffer.from([0]), entry), document.index, checkpoint.size, hashes), checkpoint.root);
  assert.equal(entry.readBigUInt64BE(0), BigInt(document.index));
  assert.equal(entry.subarray(8, 24).toString('hex'), board.id.replaceAll('-', ''));
  assert.deepEqual(entry.subarray(24, 56), sha256(board.certificate.raw));
  assert.equal(new crypto.X509Certificate(document.certificate).fingerprint256, board.certificate.fingerprint256);
});

test('what was changed, or is under another key, is refused, and the reason is said', async () => {
  const proof = await download('good.json', 'device', 'proof', 'greenhouse');
  const key = (await owner.ok('ledger', 'key')).trim();
  const document = JSON.parse(fs.readFileSync(proof, 'utf8'));
  const entry = Buffer.from(document.entry, 'base64');
  entry[60] ^= 1;  // of the key's digest
  const other = JSON.parse(await owner.ok('device', 'proof', 'shed'));
  const stale = document.checkpoint.replace(/\n\d+\n/, '\n2\n');
  const attacks = [
    [{ ...document, entry: entry.toString('base64') }, /do not lead from the entry to the signed root/],
    [{ ...document, entry: other.entry, index: other.index }, /do not lead from the entry to the signed root/],
    [{ ...document, hashes: document.hashes.slice(1) }, /do not lead from the entry to the signed root/],
    [{ ...document, checkpoint: stale }, /the signature of .* is wrong/],
    [{ ...document, certificate: other.certificate }, /the certificate is not the one in the entry/],
    [{ ...document, index: 0 }, /not the place that the entry names/],
    [{ ...document, note: 'trust me' }, /does not know/],
  ];
  for (const [attack, reason] of attacks) {
    const { status, stdout, stderr } = await stranger.run(['ledger', 'verify', stranger.file('attack.json', JSON.stringify(attack)), '--key', key]);
    assert.notEqual(status, 0);
    assert.match(stderr, reason);
    assert.equal(stdout, '');
  }
  const { publicKey } = crypto.generateKeyPairSync('ed25519');
  const typed = Buffer.concat([Buffer.from([1]), publicKey.export({ format: 'der', type: 'spki' }).subarray(12)]);
  const name = key.split('+')[0];
  const wrong = `${name}+${sha256(`${name}\n`, typed).subarray(0, 4).toString('hex')}+${typed.toString('base64')}`;
  const refused = await stranger.run(['ledger', 'verify', proof, '--key', wrong]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /ledger of another key/);
  const mistyped = await stranger.run(['ledger', 'verify', proof, '--key', key.slice(0, -1)]);
  assert.equal(mistyped.status, 2);
});

test('a checkpoint that was kept shows that the ledger only grew', async () => {
  const key = (await owner.ok('ledger', 'key')).trim();
  const monday = await download('monday.txt', 'ledger', 'checkpoint');
  const kept = openCheckpoint(fs.readFileSync(monday, 'utf8'), key);
  await enrol('orchard');
  await enrol('pond');
  const since = await download('since.json', 'ledger', 'consistency', '--from', monday);
  const proof = await download('orchard.json', 'device', 'proof', 'orchard');

  const words = await stranger.ok('ledger', 'verify', proof, '--key', key, '--against', monday, '--consistency', since);
  assert.match(words, /Nothing was taken back or changed since/);
  const lacking = await stranger.run(['ledger', 'verify', proof, '--key', key, '--against', monday]);
  assert.match(lacking.stderr, /give --consistency FILE, from `fastness ledger consistency --from/);

  const document = JSON.parse(fs.readFileSync(since, 'utf8'));
  const now = openCheckpoint(document.checkpoint, key);
  const roots = rootsFrom(kept.size, now.size, document.hashes.map((hash) => Buffer.from(hash, 'base64')), kept.root);
  assert.deepEqual(roots, [kept.root, now.root]);

  const hash = Buffer.from(document.hashes[0], 'base64');
  hash[0] ^= 1;
  const forged = stranger.file('forged.json', JSON.stringify({ ...document, hashes: [hash.toString('base64'), ...document.hashes.slice(1)] }));
  const refused = await stranger.run(['ledger', 'verify', proof, '--key', key, '--against', monday, '--consistency', forged]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /do not lead from the older root to the newer one/);
});

test('the witness file has the newest checkpoint, and a host that was taken back contradicts it', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-witness-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  const witness = path.join(folder, 'ledger');
  const watched = await Instance.start(t, { settings: { 'ledger.witness_file': witness } });
  const init = await watched.init();
  const empty = fs.readFileSync(witness, 'utf8');
  assert.match(empty, /^fastness\/.*\/device-certificates\n0\n/);
  const backup = path.join(folder, 'backup');
  await watched.stop();
  execFileSync('cp', ['-a', watched.directory, backup]);

  await watched.start();
  const api = await client(watched, init);
  await enrolBoard(watched, api, { name: 'secret-door' });
  const { key, checkpoint } = await api('GET', '/api/v1/ledger/checkpoint');
  await watched.restart();
  assert.equal(fs.readFileSync(witness, 'utf8'), checkpoint);
  assert.equal(openCheckpoint(checkpoint, key).size, 1);
  assert.equal(fs.readFileSync(`${witness}.history`, 'utf8'), empty + checkpoint);

  // Whoever has the whole host puts everything back, keys and all, so that nobody was ever enrolled.
  await watched.stop();
  const trail = fs.readFileSync(`${witness}.audit`, 'utf8');
  fs.rmSync(watched.directory, { recursive: true });
  execFileSync('cp', ['-a', backup, watched.directory]);
  await watched.start();
  await waitFor('the alarm', () => /ledger_contradicts_witness.*once had 1/.test(watched.log));
  assert.equal(fs.readFileSync(witness, 'utf8'), checkpoint, 'the evidence stays');
  // The audit trail came back with it, and has forgotten who enrolled the board.
  await waitFor('the alarm of the trail', () => /audit_contradicts_witness/.test(watched.log));
  assert.equal(fs.readFileSync(`${witness}.audit`, 'utf8'), trail);
});
