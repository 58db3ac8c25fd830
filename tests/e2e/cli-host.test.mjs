// `fastness host`: what the owner of the machine does, before and while an instance runs.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { accessToken, request } from './support/api.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const password = 'a long enough passphrase for tests';

const init = (directory, ...rest) => ['host', 'init', '--data-dir', directory, '--organisation', 'Home', ...rest];

function checkKey(key) {
  assert.equal(key.client_id.length, 32);
  assert.equal(key.client_secret.length, 64);
  assert.match(key.organisation_id, uuid);
  assert.match(key.user_id, uuid);
}

/** What the console's page does with a set-up link. */
const use = (instance, token, choice) =>
  request(instance, 'POST', '/api/v1/setup', { body: { token, password, organisation: 'Garden', ...choice } });

test('host init makes a fresh instance, whose key works once it runs', async (t) => {
  const person = new Person(t);
  const directory = path.join(person.home, 'fresh');

  const made = await person.run(init(directory, '--email', 'me@example.org', '--api-key', '--json'));
  assert.equal(made.status, 0, made.stderr);
  const key = JSON.parse(made.stdout);
  checkKey(key);
  assert.equal(key.setup_url, undefined, 'nothing listens yet');
  assert.doesNotMatch(made.stderr, /level=info/);
  assert.equal(fs.statSync(directory).mode & 0o777, 0o700);

  const instance = await Instance.start(t, { directory });
  assert.ok(await accessToken(instance, key));
  const link = await use(instance, key.setup_token, { email: 'me@example.org' });
  assert.equal(link.status, 201, link.text);
});

test('host init works on an instance that runs, and ends the link that waited', async (t) => {
  const person = new Person(t);
  const instance = await Instance.start(t);
  const waiting = fs.readFileSync(path.join(instance.directory, 'setup-link'), 'utf8').trim();

  const made = await person.run(init(instance.directory, '--api-key', '--json'));
  assert.equal(made.status, 0, made.stderr);
  const key = JSON.parse(made.stdout);
  checkKey(key);
  assert.equal(key.setup_url, `${instance.url}/setup#${key.setup_token}`);
  assert.ok(await accessToken(instance, key));

  assert.equal((await use(instance, new URL(waiting).hash.slice(1), { email: 'x@example.org' })).status, 401);
  await waitFor('the file with the dead link to go', () => !fs.existsSync(path.join(instance.directory, 'setup-link')));
  for (const secret of [key.client_secret, key.setup_token]) assert.ok(!instance.log.includes(secret));

  const again = await person.run(init(instance.directory));
  assert.equal(again.status, 5);
  assert.match(again.stderr, /has an account/);
  const text = await person.ok(...init(instance.directory, '--email', 'other@example.org', '--api-key'));
  assert.match(text, /^client_id +fk\w{30}$/m);
  assert.match(text, /^client_secret +fastnessk1\w{54}$/m);
  assert.match(text, /^set-up link +https:\/\/localhost:\d+\/setup#\S{43}$/m);
});

test('a newcomer chooses their address, name and password; a new password is all that others get', async (t) => {
  const person = new Person(t);
  const instance = await Instance.start(t);
  const link = async (...rest) => (await person.ok('host', 'setup-link', '--data-dir', instance.directory, ...rest)).trim();
  const look = async (url) => (await request(instance, 'POST', '/api/v1/setup/link', { body: { token: new URL(url).hash.slice(1) } })).json;

  assert.deepEqual(await look(await link()), { has_password: false }, 'nobody is there: whoever comes is the first');
  await person.ok(...init(instance.directory));
  const first = await link();
  assert.deepEqual(await look(first), { has_password: false, email: 'owner@localhost', organisation: 'Home' });
  const chosen = await use(instance, new URL(first).hash.slice(1), { email: 'ada@example.org' });
  assert.equal(chosen.status, 201, chosen.text);
  assert.deepEqual([chosen.json.user.email, chosen.json.organisation.name], ['ada@example.org', 'Garden']);

  const nobody = await person.run(['host', 'setup-link', '--data-dir', instance.directory]);
  assert.equal(nobody.status, 5);
  assert.match(nobody.stderr, /--email/);
  const lost = await link('--email', 'ada@example.org');
  assert.equal((await look(lost)).has_password, true);
  const token = new URL(lost).hash.slice(1);
  assert.equal((await use(instance, token, { email: 'eve@example.org' })).status, 400);
  const renewed = await use(instance, token, { email: 'ada@example.org', organisation: 'Stolen', password: `${password} anew` });
  assert.equal(renewed.status, 201, renewed.text);
  assert.equal(renewed.json.organisation.name, 'Garden');
  assert.equal((await use(instance, token, { email: 'ada@example.org' })).status, 401, 'a link works once');
  const unknown = await person.run(['host', 'setup-link', '--data-dir', instance.directory, '--email', 'eve@example.org']);
  assert.equal(unknown.status, 3);
  assert.ok(!instance.log.includes(token));
});

test('host status says where it is reached and what to trust, as the console shows it', async (t) => {
  const person = new Person(t);
  const instance = await Instance.start(t);
  const trust = (await request(instance, 'GET', '/api/v1/trust')).json;

  const status = JSON.parse(await person.ok('host', 'status', '--data-dir', instance.directory, '--json'));
  assert.equal(status.console, `${instance.url}/`);
  assert.deepEqual(status.fingerprints, trust.fingerprints);
  assert.deepEqual(status.listeners, instance.listeners);
  assert.deepEqual([status.initialised, status.setup_open], [false, true]);
  const text = await person.ok('host', 'status', '--data-dir', instance.directory);
  assert.ok(text.includes(trust.fingerprints.active_root.toUpperCase().match(/.{4}/g).join(' ')), text);
  assert.match(text, /^set up +not yet: a link waits/m);

  await instance.stop();
  const stopped = await person.run(['host', 'status', '--data-dir', instance.directory]);
  assert.equal(stopped.status, 6);
  assert.match(stopped.stderr, /start it: fastnessd --data-dir/);
});

test('host says what is wrong: usage 2, no instance 3, and suggests what was meant', async (t) => {
  const person = new Person(t);
  const cases = [
    [['host'], 2, /name a command of fastnessd host: init, status, setup-link, reset-factors, restrict/],
    [['host', 'sttus'], 2, /did you mean status\?/],
    [['host', 'init', '--data-dir', person.file('a')], 2, /--organisation is required/],
    [['host', 'init', '--data-dir', person.file('a'), '--organization', 'O'], 2, /did you mean --organisation\?/],
    [init(person.file('b'), '--email', 'nonsense'), 2, /e-?mail/i],
    [['host', 'status', '--data-dir', person.file('nowhere')], 3, /there is no instance in .*nowhere/],
    [['host', 'setup-link', '--data-dir', person.file('nowhere')], 3, /--data-dir/],
  ];
  for (const [args, status, message] of cases) {
    const refused = await person.run(args);
    assert.equal(refused.status, status, `${args.join(' ')}: ${refused.stderr}`);
    assert.match(refused.stderr, message);
    assert.equal(refused.stdout, '');
  }
});
