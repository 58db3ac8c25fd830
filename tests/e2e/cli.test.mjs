// The command line: login, what is printed, what goes wrong, help and completion.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { request } from './support/api.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { bin, Instance } from './support/instance.mjs';

const password = 'a long enough passphrase for tests';
const file = wholeFile();
let instance;
let key;
let person;

before(async () => {
  instance = await Instance.start(file);
  key = await instance.init();
  person = new Person(file);
  await person.logIn(instance, key);
});

const mode = (file) => fs.statSync(file).mode & 0o777;

test('login keeps a key that works, for its owner alone, and says where', async (t) => {
  const other = new Person(t);
  const args = ['login', instance.url, '--ca', instance.anchorsFile, '--client-id', key.client_id, '--secret-file'];

  const wrong = await other.run([...args, '-'], { input: 'fastnessk1wrong\n' });
  assert.equal(wrong.status, 4);
  assert.match(wrong.stderr, /does not accept this API key/);
  assert.ok(!fs.existsSync(other.credentials));
  const stranger = await other.run(['login', instance.url, '--client-id', key.client_id]);
  assert.equal(stranger.status, 4);
  assert.match(stranger.stderr, /certificate verify failed[^]*--ca/);

  const file = other.file('secret', `${key.client_secret}\n`);
  const made = await other.run([...args, file]);
  assert.equal(made.status, 0, made.stderr);
  assert.ok(made.stderr.includes(other.credentials));
  assert.equal(mode(other.credentials), 0o600);
  assert.equal(mode(path.dirname(other.credentials)), 0o700);
  assert.equal(await other.ok('device', 'list', '-o', 'json'), '[]\n');

  fs.chmodSync(other.credentials, 0o640);
  const open = await other.run(['device', 'list']);
  assert.equal(open.status, 4);
  assert.match(open.stderr, /chmod 600/);
});

test('login with a password asks at the terminal, shows nothing of it, and logout revokes the key', async (t) => {
  const other = new Person(t);
  const link = (await other.ok('host', 'setup-link', '--data-dir', instance.directory)).trim();
  const body = { token: new URL(link).hash.slice(1), email: 'owner@example.org', password, organisation: 'Greenhouse' };
  assert.equal((await request(instance, 'POST', '/api/v1/setup', { body })).status, 201);
  const args = ['login', instance.url, '--ca', instance.anchorsFile, '--email', 'owner@example.org'];

  const wrong = await other.atTerminal(args, [[/Password: /, 'not the password']]);
  assert.equal(wrong.status, 4, wrong.seen);
  const right = await other.atTerminal(args, [[/Password: /, password]]);
  assert.equal(right.status, 0, right.seen);
  const kept = JSON.parse(fs.readFileSync(other.credentials, 'utf8'));
  for (const secret of [password, 'not the password', kept.client_secret]) assert.ok(!(wrong.seen + right.seen).includes(secret));
  assert.ok(!JSON.stringify(kept).includes(password));
  assert.ok(!instance.log.includes(password) && !instance.log.includes(kept.client_secret));
  await other.ok('thing', 'list');

  await other.ok('logout');
  assert.ok(!fs.existsSync(other.credentials));
  const { status } = await other.run(['login', instance.url, '--ca', instance.anchorsFile, '--client-id', kept.client_id, '--secret-file', '-'], { input: kept.client_secret });
  assert.equal(status, 4, 'the key is dead');
});

test('no secret can be given as an argument', async () => {
  for (const option of ['--password', '--secret', '--client-secret', '--api-key']) {
    const refused = await person.run(['login', instance.url, '--client-id', key.client_id, option, 'x']);
    assert.equal(refused.status, 2, option);
    assert.match(refused.stderr, new RegExp(`no option ${option}`));
  }
});

test('lists print as table, JSON, YAML and CSV', async () => {
  await person.ok('thing', 'create', 'Shed north', '--timezone', 'Europe/Berlin');
  const [thing] = (await person.json('thing', 'list')).filter((each) => each.name === 'Shed north');
  assert.equal(thing.timezone, 'Europe/Berlin');
  const table = await person.ok('thing', 'list');
  assert.match(table, /^ID +NAME +DEVICE +STATUS +TIME ZONE$/m);
  assert.ok(table.includes(`${thing.id}  Shed north`));
  assert.ok((await person.ok('-o', 'csv', 'thing', 'list')).includes(`${thing.id},Shed north,,,Europe/Berlin\r\n`));
  assert.match(await person.ok('thing', 'show', 'Shed north', '-o', 'yaml'), /^"name": "Shed north"\n/m);
  await person.ok('thing', 'delete', thing.id);
  assert.equal((await person.run(['thing', 'show', 'Shed north'])).status, 3);
});

test('every documented exit status, each with a sentence that helps', async (t) => {
  await person.ok('device', 'create', 'twin');
  await person.ok('device', 'create', 'twin');
  await person.ok('thing', 'create', 'T');
  await person.ok('property', 'create', 'T', 'pump', 'HOME_SWITCH');
  const nobody = new Person(t);
  const cut = new Person(t);
  await cut.logIn(instance, key);
  fs.writeFileSync(cut.credentials, fs.readFileSync(cut.credentials, 'utf8').replace(/https:[^"]*/, 'https://localhost:1'));
  const broken = new Person(t);
  await broken.logIn(instance, key);
  fs.writeFileSync(broken.credentials, '{}');
  const cases = [
    [broken, ['device', 'list'], 1, /credentials\.json/],
    [person, [], 2, /name a command of fastness: login/],
    [person, ['devce', 'list'], 2, /did you mean device\?/],
    [person, ['device'], 2, /name a command of fastness device: create, list/],
    [person, ['device', 'lst'], 2, /did you mean list\?/],
    [person, ['device', 'list', '--outptu', 'json'], 2, /did you mean --output\?/],
    [person, ['device', 'list', '-o', 'xml'], 2, /table|json/],
    [person, ['device', 'create'], 2, /device is required/],
    [person, ['login', 'http://localhost', '--client-id', 'x'], 2, /https:\/\/host:port/],
    [person, ['login', 'https://localhost'], 2, /--email .* --client-id/],
    [person, ['property', 'create', 'T', 'p', 'NOSUCH'], 2, /type names no property type/],
    [person, ['publish', 'T', 'pump', 'wet'], 2, /not of the property's type/],
    [person, ['history', 'export', 'T', 'pump', '--from', 'yesterday'], 2, /write it as 2026-/],
    [person, ['device', 'show', 'nobody'], 3, /there is no device "nobody"/],
    [person, ['device', 'enrol', 'twin', '--csr', person.file('missing')], 5, /several are called "twin"/],
    [nobody, ['device', 'list'], 4, /not logged in; run: fastness login/],
    [person, ['property', 'create', 'T', 'pump', 'HOME_SWITCH'], 5, /exists already/],
    [cut, ['device', 'list'], 6, /cannot reach localhost:1/],
    [person, ['simulate', '1', '--seconds', '1', '--mqtt', 'localhost:1'], 7, /cannot reach localhost:1/],
  ];
  for (const [who, args, status, message] of cases) {
    const ended = await who.run(args);
    assert.equal(ended.status, status, `fastness ${args.join(' ')}: ${ended.stderr}`);
    assert.match(ended.stderr + ended.stdout, message);
    assert.ok(!(ended.stdout + ended.stderr).includes(key.client_secret));
  }
});

test('what a full disk did not take is no success', async () => {
  for (const command of ['device list -o json', 'version', 'completion bash', '--help']) {
    const child = spawn('sh', ['-c', `exec '${bin}/fastness' ${command} >/dev/full`], { env: person.env });
    let said = '';
    child.stderr.on('data', (chunk) => (said += chunk));
    const [status] = await once(child, 'close');
    assert.equal(status, 1, command);
    assert.match(said, /is the disk full/);
  }
});

test('every command has help with an example of itself', async () => {
  const reference = await person.ok('reference');
  const commands = [...reference.matchAll(/^`fastness ([a-z -]+)`: /gm)].map((match) => match[1].split(' '));
  assert.ok(commands.length > 30, String(commands.length));
  for (const command of commands) {
    if (command[0] === 'host') continue;
    const help = await person.ok(...command, '--help');
    assert.match(help, new RegExp(`^ +(sudo -E )?fastness .*\\b${command.join(' ')}\\b`, 'm'), help);
  }
  const ofTheHost = { host: ['init', 'status', 'setup-link', 'restrict'], ca: ['status', 'rotate', 'abort', 'distrust', 'destroy'] };
  for (const [noun, verbs] of Object.entries(ofTheHost)) {
    for (const verb of verbs) {
      assert.match(await person.ok(noun, verb, '--help'), new RegExp(`^  fastness ${noun} ${verb} `, 'm'));
    }
  }
});

test('completion knows commands, options and their values', async () => {
  const script = person.file('completion.bash', await person.ok('completion', 'bash'));
  const complete = (...words) => execFileSync('bash', ['-c', 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _fastness; printf "%s\\n" "${COMPREPLY[@]}"', script, 'fastness', ...words]).toString().trim().split('\n');
  assert.deepEqual(complete('dev'), ['device']);
  assert.deepEqual(complete('device', 'en'), ['enrol']);
  assert.deepEqual(complete('device', 'enrol', 'gh', '--pro'), ['--profile']);
  assert.deepEqual(complete('device', 'enrol', 'gh', '--profile', ''), ['standard', 'board']);
  assert.deepEqual(complete('-o', 'json', 'device', 'trust'), ['trust-header']);
  assert.deepEqual(complete('thing', 'list', '-o', 'y'), ['yaml']);
  assert.deepEqual(complete('completion', ''), ['bash', 'zsh', 'fish']);
  assert.deepEqual(complete('host', 's'), ['status', 'setup-link']);
  const registered = execFileSync('bash', ['-c', 'source "$0"; complete -p fastness', script]).toString();
  assert.match(registered, /-F _fastness fastness/);
  assert.match(await person.ok('completion', 'zsh'), /^autoload -U \+X bashcompinit && bashcompinit\n/);
  assert.match(await person.ok('completion', 'fish'), /^complete -c fastness -n .*device enrol.* -a '.*--profile/m);
});

test('no secret is in what the processes were started with', () => {
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    let started = '';
    try {
      if (!fs.readlinkSync(`/proc/${pid}/exe`).startsWith(bin)) continue;
      started = fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1') + fs.readFileSync(`/proc/${pid}/environ`, 'latin1');
    } catch {
      continue; // Ended, or not ours to read.
    }
    assert.ok(!started.includes(key.client_secret), pid);
  }
  assert.ok(!instance.log.includes(key.client_secret));
});
