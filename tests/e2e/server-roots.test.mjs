// The roots behind the server's certificates: the standby root takes over while boards are connected,
// and a root that lies elsewhere signs by files. OpenSSL and Mosquitto say what a client makes of it
// that knows only the two roots of its first day.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { client, request } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { host } from './support/host.mjs';
import { bin, Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const run = promisify(execFile);
const code = /[0-9A-Z]{4}(?:-[0-9A-Z]{4}){7}/;

const ca = (instance, ...words) => ['host', 'ca', ...words, '--data-dir', instance.directory];

/** Runs what wants the codes of roots, one a line, on a descriptor of their own. */
async function withCodes(person, codes, args) {
  const file = person.file('codes', `${codes.join('\n')}\n`);
  const words = ['-c', 'exec "$0" "$@" --code-fd 5 5<"$CODES"', path.join(bin, 'fastness'), ...args];
  try {
    const done = await run('bash', words, { cwd: person.home, env: { ...person.env, CODES: file } });
    return { status: 0, ...done };
  } catch (error) {
    return { status: error.code, stdout: error.stdout, stderr: error.stderr };
  }
}

/** Takes a root out of the stopped instance: its file and the code that opens it. */
async function carryAway(person, instance, name, ...options) {
  const file = person.file(name);
  const said = await person.ok(...ca(instance, 'export-root', file, ...options));
  return { file, code: said.match(code)[0] };
}

/** Both roots as PEM, of a file of anchors. */
const rootsIn = (text) => text.toString().match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/g);

/** Whether whoever trusts only this gets through to the listener. */
async function trusts(person, instance, anchors, listener = 'mqtts_secret') {
  const file = person.file('trusted.pem', anchors);
  const args = ['s_client', '-connect', `localhost:${instance.port(listener)}`, '-CAfile', file,
    '-no-CApath', '-verify_return_error', '-verify_hostname', 'localhost'];
  const child = run('openssl', args);
  child.child.stdin.end();
  return child.then(() => true, () => false);
}

const rootSet = async (instance) => (await request(instance, 'GET', '/api/v1/ca/root-set')).json;

test('the standby root takes over while boards are connected, and no board is touched', async (t) => {
  const instance = await Instance.start(t);
  const person = new Person(t);
  const key = await instance.init();
  await person.logIn(instance, key);
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'stock board' });
  const folder = person.file('orchard');
  await person.ok('device', 'create', 'orchard');
  await person.ok('device', 'enrol', 'orchard', '--out', folder);
  const before = instance.anchors;
  const [active, standby] = rootsIn(before);
  await instance.stop();
  const root = await carryAway(person, instance, 'standby-root.pem', '--standby');
  assert.equal(fs.statSync(root.file).mode & 0o077, 0);
  const forgotten = await withCodes(person, [root.code], ca(instance, 'forget-root', root.file));
  assert.equal(forgotten.status, 0, forgotten.stderr);
  const again = await person.run(ca(instance, 'export-root', person.file('more.pem'), '--standby'));
  assert.equal(again.status, 3, 'the vault has it no more');
  const over = await person.run(ca(instance, 'export-root', root.file));
  assert.equal(over.status, 5, 'the last copy of a root is not written over');
  await instance.start();

  const live = await connect(instance, board, { ca: before });
  let cut = false;
  live.once('close', () => (cut = true));
  assert.ok(await trusts(person, instance, active));
  assert.ok(!(await trusts(person, instance, standby)));

  const refused = await person.atTerminal(ca(instance, 'switch-to-standby', root.file), [[/Code of standby-root.pem: /, root.code], [/Sign\? \[y\/N\]/, 'n']]);
  assert.match(refused.seen, /The standby root will sign/);
  assert.match(refused.seen, /nothing was signed/);
  assert.equal((await rootSet(instance)).number, 1);
  const wrong = await person.atTerminal(ca(instance, 'switch-to-standby', root.file), [[/Code of/, root.code.replaceAll(/./g, '2')], [/Sign\?/, 'y']]);
  assert.match(wrong.seen, /does not open/);

  const done = await person.atTerminal(ca(instance, 'switch-to-standby', root.file), [[/Code of/, root.code.toLowerCase()], [/Sign\?/, 'yes']]);
  assert.equal(done.status, 0, done.seen);
  assert.match(done.seen, /nobody was disconnected/);
  assert.ok(!instance.log.includes(root.code) && !done.seen.includes(root.code), 'the code is nowhere to be seen');

  await waitFor('the new certificate', () => trusts(person, instance, standby));
  for (const listener of ['https', 'mqtts', 'mqtts_secret']) {
    assert.ok(await trusts(person, instance, before, listener), listener);
    assert.ok(!(await trusts(person, instance, active, listener)), listener);
  }
  await live.publishAsync('garden/note', 'still here', { qos: 1 });
  assert.ok(!cut && live.connected, 'the session from before goes on');
  live.end(true);
  (await connect(instance, board, { ca: before })).end(true);
  execFileSync('mosquitto_pub', ['-h', 'localhost', '-p', String(instance.port('mqtts_certificate')), '--cafile', person.file('both.pem', before),
    '--cert', board.certificate, '--key', board.key, '-i', board.id, '-t', 'garden/note', '-q', '1', '-m', 'hello'], { stdio: 'pipe' });

  const now = await rootSet(instance);
  assert.equal(now.number, 2);
  assert.equal(now.active_root_pem, standby);
  assert.ok(!rootsIn(instance.anchors).includes(active), 'new devices do not hear of the old root');
  const trusted = () => fs.readFileSync(path.join(folder, 'ca.crt'), 'utf8');
  assert.deepEqual(rootsIn(trusted()), [active, standby]);
  const renew = ['device', 'renew', folder, '--server', instance.url, '--mqtt', `localhost:${instance.port('mqtts')}`];
  assert.match(await person.ok(...renew), /^root set 2\n/);
  assert.equal(trusted(), instance.anchors.toString());
  assert.doesNotMatch(await person.ok(...renew), /root set/);

  await instance.restart();
  assert.ok(await trusts(person, instance, standby));
  const stale = await person.run(ca(instance, 'accept-root', root.file));
  assert.notEqual(stale.status, 0);
});

test('a root that lies elsewhere signs by files, and only what was asked for is taken', async (t) => {
  const instance = await Instance.start(t);
  const person = new Person(t);
  const [active] = rootsIn(instance.anchors);
  const running = await person.run(ca(instance, 'export-root', person.file('active-root.pem')));
  assert.equal(running.status, 5, running.stderr);
  assert.match(running.stderr, /stop it first/);
  const needless = await person.run(ca(instance, 'root-request', person.file('request.pem')));
  assert.match(needless.stderr, /has the active root/);
  await instance.stop();
  const root = await carryAway(person, instance, 'active-root.pem');
  const other = await carryAway(person, instance, 'standby-root.pem', '--standby');
  const wrong = await withCodes(person, [other.code], ca(instance, 'forget-root', root.file));
  assert.equal(wrong.status, 4, wrong.stderr);
  const forgotten = await withCodes(person, [root.code], ca(instance, 'forget-root', root.file));
  assert.equal(forgotten.status, 0, forgotten.stderr);
  await instance.start();
  assert.ok(await trusts(person, instance, active), 'the authority that it has goes on');

  const asked = person.file('request.pem');
  await person.ok(...ca(instance, 'root-request', asked));
  const signed = person.file('signed.pem');
  const sign = (roots, codes) => withCodes(person, codes, ['host', 'ca', 'sign-root', '--in', asked, '--out', signed, '--yes', ...roots.flatMap((each) => ['--root', each.file])]);
  const byAnother = await sign([other], [other.code]);
  assert.equal(byAnother.status, 3, byAnother.stderr);
  assert.match(byAnother.stderr, /active root/);
  const done = await sign([root], [root.code]);
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stderr, /The active root will sign/);
  assert.ok(!done.stderr.includes(root.code));

  const text = fs.readFileSync(signed, 'utf8');
  const lines = text.split('\n');
  lines[3] = lines[3].replace(/^./, (first) => (first === 'A' ? 'B' : 'A'));
  const changed = await person.run(ca(instance, 'accept-root', person.file('changed.pem', lines.join('\n'))));
  assert.equal(changed.status, 2, changed.stderr);
  const issuer = async () => (await run('bash', ['-c', `openssl s_client -connect localhost:${instance.port('mqtts_secret')} -showcerts </dev/null 2>/dev/null`])).stdout.match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g)[1];
  const old = await issuer();
  await person.ok(...ca(instance, 'accept-root', signed));
  await waitFor('the new authority', async () => (await issuer()) !== old);
  assert.ok(await trusts(person, instance, active));
  assert.equal((await rootSet(instance)).number, 1, 'no root changed');
  const twice = await person.run(ca(instance, 'accept-root', signed));
  assert.notEqual(twice.status, 0);
  assert.match(twice.stderr, /root-request/);
});

test('a host that was restored without its root asks it while stopped, and serves once it has signed', async (t) => {
  const lost = await Instance.start(t);
  const person = new Person(t);
  await lost.init();
  const [active, standby] = rootsIn(lost.anchors);
  await lost.stop();
  const root = await carryAway(person, lost, 'active-root.pem');
  assert.equal((await withCodes(person, [root.code], ca(lost, 'forget-root', root.file))).status, 0);
  const secret = 'five-unrelated-words-Kd72mPq9';
  const [kit, backup] = ['lost.kit', 'lost.backup'].map((name) => person.file(name));
  for (const words of [['kit', 'create', kit], ['backup', 'create', backup]]) {
    const made = await host([...words, '--data-dir', lost.directory], words[0] === 'kit' ? { secret } : {});
    assert.equal(made.status, 0, made.stderr);
  }
  fs.rmSync(lost.directory, { recursive: true });

  const instance = new Instance({ directory: person.file('new-host') });
  t.after(() => instance.destroy());
  const restored = await host(['restore', '--kit', kit, '--backup', backup, instance.directory], { secret });
  assert.equal(restored.status, 0, restored.stderr);
  assert.match(restored.stdout, /root lies elsewhere[^]*fastness host ca root-request/);
  await assert.rejects(instance.start(), /before it served/);

  const changeOfMind = ca(instance, 'root-request', person.file('switch.pem'), '--switch');
  assert.match(await person.ok(...changeOfMind), /to where the standby root is/);
  const asked = person.file('request.pem');
  assert.match(await person.ok(...ca(instance, 'root-request', asked)), /to where the active root is, and sign it there/);
  assert.equal((await person.run(ca(instance, 'root-request', asked))).status, 5, 'the file is left as it is');
  const signed = person.file('signed.pem');
  const done = await withCodes(person, [root.code], ['host', 'ca', 'sign-root', '--in', asked, '--out', signed, '--yes', '--root', root.file]);
  assert.equal(done.status, 0, done.stderr);
  const refused = await person.run(ca(instance, 'accept-root', asked));
  assert.notEqual(refused.status, 0, 'a request is no answer');
  assert.match(refused.stderr, /nothing was changed/);
  assert.equal(await person.ok(...ca(instance, 'accept-root', signed)), 'Taken. This is root set 1. Start the instance: it shows its new certificate.\n');
  const twice = await person.run(ca(instance, 'accept-root', signed));
  assert.equal(twice.status, 3, twice.stderr);
  assert.match(twice.stderr, /root-request/);

  await instance.start();
  assert.deepEqual(rootsIn(instance.anchors), [active, standby]);
  assert.ok(await trusts(person, instance, active), 'who knew the lost host gets through to this one');
  await instance.stop(); // before its directory goes with the person's
});
