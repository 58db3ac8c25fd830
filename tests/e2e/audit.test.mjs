// The audit trail in public: an owner follows it and carries it off; a stranger with a file and a key checks it without the server.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { before, test } from 'node:test';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const file = wholeFile();
let instance;
let owner;
let stranger;  // has files and a key, and never logs in
let login;

before(async () => {
  instance = await Instance.start(file);
  owner = new Person(file);
  stranger = new Person(file);
  login = await instance.init();
  await owner.logIn(instance, login);
});

/** The trail is signed each minute and when the server stops. */
async function sign() {
  await instance.restart();
  await owner.logIn(instance, login);
}

const lines = (place) => fs.readFileSync(place, 'utf8').trimEnd().split('\n');

test('an export holds for a stranger, and the next one continues it', async () => {
  await owner.ok('thing', 'create', 'greenhouse');
  await sign();
  const november = stranger.file('november.ndjson');
  await owner.ok('audit', 'export', november);
  await owner.ok('thing', 'create', 'shed');
  await sign();
  const december = stranger.file('december.ndjson');
  await owner.ok('audit', 'export', december, '--since', november);
  const key = (await owner.ok('audit', 'key')).trim();

  const first = await stranger.json('audit', 'verify', november, '--key', key);
  assert.ok(first.entries >= 1);
  assert.deepEqual([first.unproven, first.erased], [0, 0]);
  const second = await stranger.json('audit', 'verify', december, '--key', key, '--against', november);
  assert.equal(second.continues_older, true);
  assert.equal(second.from, first.tree_size);
  const told = lines(december).map((line) => JSON.parse(line));
  assert.ok(told.some((entry) => entry.action === 'thing.create' && /^[0-9a-f]{16}$/.test(entry.request_id)));
  assert.equal(fs.statSync(december).mode & 0o077, 0, 'others on this machine do not read it');
});

test('what was changed, cut or signed by another is refused, with a status and a reason', async () => {
  const key = (await owner.ok('audit', 'key')).trim();
  const good = lines(stranger.file('november.ndjson'));
  const at = good.findIndex((line) => line.includes('thing.create'));
  const changed = [...good];
  changed[at] = changed[at].replace('thing.create', 'thing.delete');
  const attacks = [
    ['changed', changed, /what it says to a reader is not its content/],
    ['cut', good.slice(0, -1), /was cut/],
    ['shorter', good.filter((_, line) => line !== at), /the file says that it has/],
    ['empty', [], /is empty|no export/],
  ];
  for (const [name, text, reason] of attacks) {
    const place = stranger.file(`${name}.ndjson`, text.map((line) => `${line}\n`).join(''));
    const { status, stderr } = await stranger.run(['audit', 'verify', place, '--key', key]);
    assert.notEqual(status, 0, name);
    assert.match(stderr, reason, name);
  }
  const other = key.replace(/\/audit\+.*/, '/audit+00000000+AAAA');
  assert.notEqual((await stranger.run(['audit', 'verify', stranger.file('november.ndjson'), '--key', other])).status, 0);
});

test('an export that was interrupted is taken up, and holds', async () => {
  const whole = stranger.file('whole.ndjson');
  await owner.ok('audit', 'export', whole);
  const text = fs.readFileSync(whole, 'utf8');
  const place = stranger.file('again.ndjson');
  fs.writeFileSync(`${place}.partial`, text.slice(0, text.indexOf('\n', text.indexOf('\n') + 1) + 20));
  await owner.ok('audit', 'export', place);
  const key = (await owner.ok('audit', 'key')).trim();
  await stranger.ok('audit', 'verify', place, '--key', key);
  assert.equal(fs.existsSync(`${place}.partial`), false);
});

test('the tail shows what is done as it is done', async () => {
  const tail = owner.start(['audit', 'tail', '-f', '--event', 'thing.*', '-o', 'json']);
  await waitFor('what was done', () => tail.out.includes('thing.create'));
  await owner.ok('thing', 'delete', 'shed');
  await waitFor('what is done', () => tail.out.includes('thing.delete'));
  tail.kill('SIGINT');
  assert.equal(await tail.ended, 0);
  for (const line of tail.out.trim().split('\n')) assert.match(JSON.parse(line).action, /^thing\./);
});
