// The command line against what moves: live values, history, virtual boards, and a system's certificate store.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, fromSenml, senml } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const file = wholeFile();
let instance;
let person;
let api;

before(async () => {
  instance = await Instance.start(file);
  const key = await instance.init();
  api = await client(instance, key);
  person = new Person(file);
  await person.logIn(instance, key);
});

/** A thing with the properties of a greenhouse, made by the command line alone. */
async function makeThing(name) {
  await person.ok('thing', 'create', name);
  for (const [property, type] of [['soil', 'PERCENTAGE'], ['pump', 'HOME_SWITCH'], ['note', 'CHARSTRING']]) {
    await person.ok('property', 'create', name, property, type);
  }
}

test('publish reaches the board, and watch shows what the board says until Ctrl-C', async (t) => {
  await makeThing('Watched');
  const board = await enrol(instance, api, { name: 'watched-board' });
  const thing = await person.json('thing', 'attach', 'Watched', 'watched-board');
  const session = await connect(instance, board);
  t.after(() => session.end(true));
  await session.subscribeAsync(`/a/t/${thing.id}/e/i`);

  const watch = person.start(['watch', 'Watched']);
  const every = person.start(['watch', '-o', 'json']);
  // The values differ, so that each is one of its own, and the first may come before the watchers do.
  let soil = 40;
  await waitFor('a live value', async () => {
    await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ soil: (soil += 0.5) }), { qos: 1 });
    return /soil/.test(watch.out) && /"type":"values"/.test(every.out);
  });
  assert.match(watch.out, /^\d{4}-\d\d-\d\dT\S+Z  Watched  soil  4\d(\.5)?$/m);
  assert.equal(typeof JSON.parse(every.out.split('\n').find((line) => line.includes('"values"'))).values[0].value, 'number');

  await person.ok('publish', 'Watched', 'pump', 'on');
  const message = await session.next('the pump', (each) => fromSenml(each.payload).pump === true);
  assert.equal(message.topic, `/a/t/${thing.id}/e/i`);
  await waitFor('the pump in the watch', () => /Watched  pump  true/.test(watch.out));
  await person.ok('publish', 'Watched', 'note', '12');
  assert.equal((await person.json('property', 'show', 'Watched', 'note')).value, '12', 'a text stays a text');

  for (const child of [watch, every]) {
    child.kill('SIGINT');
    assert.equal(await child.ended, 0);
    assert.equal(child.err, '');
  }
});

test('history export writes CSV, and a bar only where somebody can see it', async () => {
  await makeThing('Recorded');
  const [thing] = (await person.json('thing', 'list')).filter((each) => each.name === 'Recorded');
  const soil = thing.properties.find((each) => each.name === 'soil');
  const start = Date.parse('2026-06-01T00:00:00Z');
  const rows = Array.from({ length: 100 }, (_, i) => ({ timestamp: new Date(start + i * 60_000).toISOString(), value: 40 + i / 4 }));
  await api('PUT', `/iot/v2/things/${thing.id}/properties/${soil.id}/publish_batch`, rows);
  const args = ['history', 'export', 'Recorded', 'soil', '--from', '2026-06-01T00:00:00Z', '--to', '2026-06-01T01:00:00Z'];

  const piped = await waitFor('the history', async () => {
    const answer = await person.run(args);
    return answer.stdout.trim().split('\n').length === 61 && answer;
  });
  assert.equal(piped.status, 0);
  assert.equal(piped.stderr, '');
  const [head, ...lines] = piped.stdout.trim().split(/\r?\n/);
  assert.equal(head, 'time,value');
  assert.deepEqual(lines.map((line) => line.split(',')).map(([time, value]) => [Date.parse(time), Number(value)]),
    rows.slice(0, 60).map((row) => [Date.parse(row.timestamp), row.value]));

  const csv = person.file('soil.csv');
  const seen = await person.atTerminal([...args, '--file', csv]);
  assert.equal(seen.status, 0, seen.seen);
  assert.match(seen.seen, /\[#+\.*\] +\d+ % 61 rows/);
  assert.ok(seen.seen.endsWith('\r\u001b[K'), 'the bar goes when it is done');
  assert.equal(fs.readFileSync(csv, 'utf8'), piped.stdout);
  const empty = await person.ok('history', 'export', 'Recorded', 'pump');
  assert.equal(empty.trim(), 'time,value');
});

test('simulate makes boards the real way, counts what was acknowledged, and takes them away', async () => {
  const mqtt = `localhost:${instance.port('mqtts_certificate')}`;
  const told = await person.json('simulate', '5', '--values', '20', '--interval-ms', '10', '--mqtt', mqtt);
  assert.deepEqual(told, { boards: 5, connected: 5, sent: 100, acknowledged: 100, lost: 0, renewed: 0, last_loss: '' });
  assert.ok(!(await person.json('device', 'list')).some((each) => each.name.startsWith('sim-')));

  const kept = person.start(['simulate', '2', '--interval-ms', '10', '--keep', '--mqtt', mqtt]);
  const devices = await waitFor('two boards that are connected', async () => {
    const found = (await person.json('device', 'list')).filter((each) => each.name.startsWith('sim-') && each.status === 'online');
    return found.length === 2 && found;
  });
  for (const device of devices) assert.equal(device.identity.auth, 'certificate');
  await waitFor('values', () => /[1-9]\d* acknowledged/.test(kept.err));
  kept.kill('SIGINT');
  assert.equal(await kept.ended, 0, kept.err);
  assert.match(kept.out, /^sent +[1-9]\d*\nacknowledged +[1-9]/m);
  const [shown] = (await person.json('thing', 'list')).filter((each) => each.name === devices[0].name);
  assert.ok((await person.ok('history', 'export', shown.id, 'value')).split('\n').length > 2);
});

test('simulate ends cleanly when it cannot make a board', async () => {
  const refused = await person.run(['simulate', '0']);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /boards.*1 to 10000/);
});

test('trust install and uninstall change the store of the system that is named, and nothing else', async (t) => {
  const root = fs.mkdtempSync(path.join(person.home, 'root-'));
  const store = path.join(root, 'usr/local/share/ca-certificates');
  const links = path.join(root, 'etc/ssl/certs');
  for (const folder of [store, links, path.join(root, 'usr/share/ca-certificates'), path.join(root, 'etc/ca-certificates/update.d')]) fs.mkdirSync(folder, { recursive: true });
  // Somebody else's authority is there already, and a hook that keeps a store of its own.
  fs.writeFileSync(path.join(root, 'etc/ca-certificates.conf'), '# none\n');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=other',
    '-keyout', '/dev/null', '-out', path.join(store, 'other.crt')], { stdio: 'pipe' });
  const told = path.join(root, 'told');
  fs.writeFileSync(path.join(root, 'etc/ca-certificates/update.d/hook'), `#!/bin/sh\ncat >>'${told}'\n`, { mode: 0o755 });
  const machine = () => ['/usr/local/share/ca-certificates', '/etc/ssl/certs'].map((folder) => fs.readdirSync(folder).join());
  const untouched = machine();

  const installed = await person.ok('trust', 'install', '--root', root);
  const { fingerprints } = await person.json('trust', 'show');
  assert.ok(installed.includes(fingerprints.active_root), installed);
  const certificate = fs.readFileSync(path.join(store, 'fastness-localhost.crt'), 'utf8');
  assert.ok(instance.anchors.toString().includes(certificate));
  assert.ok(fs.readFileSync(path.join(links, 'ca-certificates.crt'), 'utf8').includes(certificate));

  await person.ok('trust', 'uninstall', '--root', root);
  assert.deepEqual(fs.readdirSync(store), ['other.crt']);
  const others = fs.readFileSync(path.join(store, 'other.crt'), 'utf8');
  assert.equal(fs.readFileSync(path.join(links, 'ca-certificates.crt'), 'utf8'), others);
  for (const link of fs.readdirSync(links)) assert.equal(fs.readFileSync(path.join(links, link), 'utf8'), others, 'no link stays behind');
  assert.match(fs.readFileSync(told, 'utf8'), /^\+.*fastness-localhost\.pem\n[^]*^-.*fastness-localhost\.pem\n/m);
  assert.equal((await person.run(['trust', 'uninstall', '--root', root])).status, 3);
  assert.deepEqual(machine(), untouched);

  const stranger = new Person(t);
  assert.equal((await stranger.run(['trust', 'install', '--root', root])).status, 4);
});
