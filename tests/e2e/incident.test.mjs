// The operator keeps the record of an incident: its clocks, what is kept as evidence, and whom it concerns.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { accessToken, client, request } from './support/api.mjs';
import { enrol } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';

const digest = (text) => createHash('sha256').update(text).digest('hex');

/** The operator's commands on this instance. */
function operator(person, instance) {
  const words = (verb, ...rest) => ['host', 'incident', verb, '--data-dir', instance.directory, ...rest];
  return { ok: (...args) => person.ok(...words(...args)), run: (...args) => person.run(words(...args)) };
}

test('the record, the clocks and the evidence outlive a restart, and a stranger checks them', async (t) => {
  const instance = await Instance.start(t);
  const login = await instance.init();
  const person = new Person(t);
  const incident = operator(person, instance);
  const ask = async (method, place, body) => request(instance, method, place, { token: await accessToken(instance, login), body });
  assert.equal((await ask('PUT', '/iot/v2/devices', { type: 'phone' })).status, 201);

  assert.match(await incident.ok('status'), /No incident is open/);
  assert.equal((await incident.run('open')).status, 2);
  assert.match(await incident.ok('open', '--reason', 'a login was stolen', '--by', 'ada', '--aware', '2h', '--restrict', 'read-only'), /incident +1, open/);
  assert.equal((await ask('PUT', '/iot/v2/things', { name: 'fern' })).status, 503, 'restricted in the same act');
  assert.equal((await incident.run('open', '--reason', 'another')).status, 5);
  await incident.ok('note', '--did', 'early-warning', 'to the CSIRT, number 17');
  await instance.restart();
  const { incidents: [open], restriction } = JSON.parse(await incident.ok('status', '--json'));
  assert.equal(restriction, 'read-only');
  assert.equal(open.reason, 'a login was stolen');
  assert.equal(Date.parse(open.deadlines[0].due_at) - Date.parse(open.aware_at), 24 * 3600e3);
  assert.ok(open.deadlines[0].done_at);

  const place = person.file('evidence');
  const taken = JSON.parse(await incident.ok('evidence', place, '--json'));
  assert.deepEqual(taken.missing, []);
  assert.equal(fs.statSync(place).mode & 0o777, 0o700);
  const read = (name) => fs.readFileSync(path.join(place, name), 'utf8');
  const manifest = read('MANIFEST').trimEnd().split('\n').map((line) => line.split('  '));
  assert.deepEqual(manifest.map(([, name]) => name).sort(), fs.readdirSync(place).filter((name) => name !== 'MANIFEST').sort());
  for (const [sha256, name] of manifest) assert.equal(sha256, digest(read(name)), name);
  assert.equal(taken.manifest_sha256, digest(read('MANIFEST')));
  const [, key] = read('keys.txt').split('\n');
  for (const trail of ['audit-host.ndjson', `audit-${login.organisation_id}.ndjson`]) {
    const verified = await person.run(['audit', 'verify', path.join(place, trail), '--key', key]);
    assert.equal(verified.status, 0, verified.stderr);
  }
  assert.match(read(`audit-${login.organisation_id}.ndjson`), /device\.create/);
  assert.match(read('configuration.toml'), /\[listen\]/);
  assert.equal((await incident.run('evidence', place)).status, 5, 'never over what is there');

  assert.equal((await incident.run('close')).status, 2);
  await incident.ok('close', '--statement-file', person.file('said', 'A login was stolen.\nIt is over.\n'));
  assert.match(await incident.ok('status'), /No incident is open[^]*restricted: read-only/);
  assert.match(await incident.ok('status', '--all'), /1, closed[^]*evidence: SHA-256 of MANIFEST/);
  await person.ok('host', 'restrict', 'normal', '--data-dir', instance.directory);
  const { text } = await ask('GET', '/api/v1/audit');
  for (const event of ['host.open_incident', 'host.take_evidence', 'host.close_incident']) assert.ok(text.includes(event), event);
  assert.ok(!text.includes('stolen'), "the operator's words are theirs");
});

test('no secret of the instance is in the evidence', async (t) => {
  const instance = await Instance.start(t);
  const login = await instance.init();
  const api = await client(instance, login);
  const board = await enrol(instance, api, { name: 'orchard' });
  const token = await accessToken(instance, login);
  const person = new Person(t);
  const link = (await person.ok('host', 'setup-link', '--data-dir', instance.directory)).trim();
  await instance.restart();
  const place = person.file('evidence');
  await operator(person, instance).ok('evidence', place);
  const all = fs.readdirSync(place).map((name) => fs.readFileSync(path.join(place, name), 'utf8')).join('\n');
  assert.match(all, /host\.make_setup_link/);
  const secrets = [login.client_secret, token, login.setup_token, new URL(link).hash.slice(1), String(board.key)];
  for (const secret of secrets.filter(Boolean)) assert.ok(!all.includes(secret), secret.slice(0, 12));
  assert.doesNotMatch(all, /PRIVATE KEY|fastnessk1[0-9A-Za-z]/);
});

test('whom a stolen key concerns is found by the trail, and they hear that it was read', async (t) => {
  const instance = await Instance.start(t);
  const login = await instance.init();
  const person = new Person(t);
  const token = await accessToken(instance, login);
  const ask = (method, place, body) => request(instance, method, place, { token, body });
  assert.equal((await ask('PUT', '/iot/v2/devices', { type: 'phone' })).status, 201);
  for (let i = 0; i < 3; ++i) assert.equal((await ask('GET', '/api/v1/devices')).status, 200);

  const incident = operator(person, instance);
  const found = JSON.parse(await incident.ok('affected', '--key', login.client_id, '--since', '1h', '--json'));
  const [concerned] = found.organisations;
  assert.equal(concerned.organisation_id, login.organisation_id);
  assert.deepEqual(concerned.acts.map(({ action, count }) => [action, count]), [['device.create', 1]]);
  assert.ok(concerned.accesses.some(({ data, verb, count }) => data === 'devices' && verb === 'read' && count >= 3));
  assert.ok(concerned.addresses.some((address) => address.includes('127.0.0.1')));
  assert.equal(found.backup_months.length >= 1, true);
  assert.match(await incident.ok('affected', '--key', 'fknobody'), /0 organisations are concerned/);
  assert.equal((await incident.run('affected', '--user', 'nobody@example.org')).status, 3);
  assert.match((await ask('GET', '/api/v1/audit')).text, /host\.look_for_affected/);
});

test('nobody is mailed where no mail is set up, and the drafts name what a person must write', async (t) => {
  const instance = await Instance.start(t);
  await instance.init();
  const person = new Person(t);
  const incident = operator(person, instance);
  assert.equal((await incident.run('report')).status, 3, 'there was none');
  await incident.ok('open', '--reason', 'a login was stolen');
  const letter = person.file('letter.txt', 'Choose a new password.\n');
  assert.equal((await incident.run('notify', '--text', letter)).status, 2, 'nobody is named');
  const refused = await incident.run('notify', '--text', letter, '--everybody', '--yes');
  assert.equal(refused.status, 6, refused.stderr);
  assert.match(refused.stderr, /mail\.server/);
  assert.match(await incident.ok('report'), /In a line: a login was stolen[^]*\[WRITE: likely consequences\]/);
  assert.doesNotMatch(await incident.ok('report', '--public'), /stolen/);
});

test('a closed incident is told to everybody when the host says so, corrected, and taken back', async (t) => {
  const instance = await Instance.start(t);
  const login = await instance.init();
  const person = new Person(t);
  const incident = operator(person, instance);
  const shown = async () => (await request(instance, 'GET', '/api/v1/status')).json.statements;
  await incident.ok('open', '--reason', 'a login was stolen', '--restrict', 'status-only');
  const draft = await incident.run('close', '--publish', '--statement', 'What happened: [WRITE: in a sentence]');
  assert.equal(draft.status, 2, draft.stderr);
  assert.match(draft.stderr, /a blank that nobody has filled in/);
  await incident.ok('close', '--statement-file', person.file('said', 'A login was stolen.\n\nIt is over.\n'));
  assert.deepEqual(await shown(), [], 'not by itself');

  assert.match(await incident.ok('publish'), /Everybody reads it at \/status now: the statement of incident 1\./);
  assert.equal((await shown())[0].text, 'A login was stolen.\n\nIt is over.', 'also while everybody is shut out');
  const hostile = '<script>alert(1)</script> "quoted" & \'more\'';
  await incident.ok('publish', '--incident', '1', '--statement', hostile);
  await instance.restart();
  const [now] = await shown();
  assert.equal(now.text, hostile);
  assert.ok(now.changed_at >= now.published_at);
  assert.match(await incident.ok('status', '--all'), /published +20/);
  assert.notEqual((await incident.run('publish', '--incident', '2')).status, 0);
  await incident.ok('withdraw');
  assert.deepEqual(await shown(), []);
  await person.ok('host', 'restrict', 'normal', '--data-dir', instance.directory);
  const trail = (await request(instance, 'GET', '/api/v1/audit', { token: await accessToken(instance, login) })).text;
  for (const event of ['host.publish_statement', 'host.withdraw_statement']) assert.ok(trail.includes(event), event);
});
