// Rotating the authority over device certificates, as its owner does it, while boards publish: a
// routine step cuts nobody off, an emergency keeps the boards in the ledger, and what a thief signs
// with the old key is refused. Whatever is killed in the middle, the rotation goes on.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { countingThing } from './support/fleet.mjs';
import { Instance } from './support/instance.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

/** The `fastness ca` of one instance. */
function authorityOf(instance, person) {
  const run = (...args) => person.run(['ca', ...args, '--data-dir', instance.directory]);
  const ok = async (...args) => {
    const done = await run(...args, '--json');
    assert.equal(done.status, 0, `fastness ca ${args.join(' ')}: ${done.stderr}`);
    return JSON.parse(done.stdout);
  };
  return { run, ok, status: () => ok('status') };
}

const states = (authority) => authority.generations.map((each) => each.state).join(' ');
const authorityKeyId = (pem) => /Authority Key Identifier:\s*(?:keyid:)?\s*([0-9A-F:]+)/.exec(execFileSync('openssl', ['x509', '-noout', '-text'], { input: pem }).toString())[1];

/** A board with a thing, and what it counts up to; `counter` is where history keeps it. */
async function countingBoard(instance, api, name) {
  const board = await enrol(instance, api, { name });
  return { ...board, ...(await countingThing(api, name, board.id)), acknowledged: [] };
}

/** Publishes with QoS 1, one after the other, until `stop` or the end of the connection. */
function publish(session, board) {
  let stopped = false;
  const work = (async () => {
    while (!stopped && session.connected) {
      const value = board.acknowledged.length + 1;
      await session.publishAsync(`/a/t/${board.thing.id}/e/o`, senml({ counter: value }), { qos: 1 });
      board.acknowledged.push(value);
    }
  })();
  return async () => {
    stopped = true;
    await work;
  };
}

/** Every value that history has of a board. */
async function kept(api, board, from) {
  const { responses } = await api('POST', '/iot/v2/series/batch_query_raw', {
    resp_version: 1,
    requests: [{ q: `property.${board.counter.id}`, from, to: new Date(Date.now() + 60_000), sort: 'ASC', series_limit: 1000 }],
  });
  return new Set(responses[0].values);
}

async function expectNothingLost(api, board, from) {
  assert.ok(board.acknowledged.length > 0, 'it published');
  const first = board.acknowledged.slice(0, 900);  // what one query returns whole
  const there = await kept(api, board, from);
  assert.deepEqual(first.filter((value) => !there.has(value)), [], 'acknowledged and lost');
}

test('a routine rotation under traffic cuts nobody off and loses nothing', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const ca = authorityOf(instance, new Person(t));
  const from = new Date(Date.now() - 1000);
  const boards = await Promise.all(['a', 'b', 'c'].map((name) => countingBoard(instance, api, name)));
  const sessions = await Promise.all(boards.map((board) => connect(instance, board)));
  let closed = 0;
  for (const session of sessions) session.on('close', () => ++closed);
  const stops = sessions.map((session, i) => publish(session, boards[i]));

  const soaking = await ca.ok('rotate', '--reason', 'as every month', '--soak', '1', '--yes');
  assert.equal(states(soaking), 'issuing trusted');
  assert.equal((await ca.run('rotate', '--reason', 'again', '--yes')).status, 5, 'one at a time');
  assert.equal(states(await ca.ok('abort', '--yes')), 'issuing destroyed');
  const before = boards.map((board) => board.acknowledged.length);
  const rotated = await ca.ok('rotate', '--reason', 'as every month', '--soak', '0', '--yes');
  assert.equal(states(rotated), 'retiring destroyed issuing');
  await waitFor('messages after it', () => boards.every((board, i) => board.acknowledged.length > before[i] + 5));
  for (const stop of stops) await stop();

  assert.equal(closed, 0, 'nobody was cut off');
  for (const board of boards) await expectNothingLost(api, board, from);
  const late = await enrol(instance, api, { name: 'late' });
  assert.notEqual(authorityKeyId(late.issued.pem), authorityKeyId(boards[0].issued.pem));
  for (const board of [late, boards[0]]) (await connect(instance, board)).end(true);
  const status = await ca.status();
  assert.deepEqual(status.generations.map((each) => each.devices), [3, 0, 1]);
  assert.deepEqual(status.stragglers, [{ reason: 'by_hand', devices: 3 }]);
  for (const session of sessions) session.end(true);
});

test('link certificates lead from the old key to the new one and back, as OpenSSL and GnuTLS see it', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const ca = authorityOf(instance, new Person(t));
  const early = await enrol(instance, api, { name: 'early' });
  const { generations: [old, young] } = await ca.ok('rotate', '--reason', 'x', '--soak', '0', '--yes');
  const late = await enrol(instance, api, { name: 'late' });
  const file = (name, pem) => {
    fs.writeFileSync(path.join(instance.directory, name), pem);
    return path.join(instance.directory, name);
  };
  const oldRoot = file('old.pem', old.certificate_pem);
  const youngRoot = file('young.pem', young.certificate_pem);
  const verify = (root, link, leaf) => execFileSync('openssl', ['verify', '-purpose', 'any', '-CAfile', root, '-untrusted', link, leaf], { stdio: 'pipe' }).toString();

  assert.match(verify(oldRoot, file('nwo.pem', young.new_with_old_pem), late.certificate), /OK/);
  assert.match(verify(youngRoot, file('own.pem', old.old_with_new_pem), early.certificate), /OK/);
  assert.throws(() => verify(oldRoot, youngRoot, late.certificate), 'without the link');
  for (const [root, link] of [[old, young.new_with_old_pem], [young, old.old_with_new_pem]]) {
    const chain = file('chain.pem', link + root.certificate_pem);
    assert.match(execFileSync('certtool', ['--verify-chain', '--infile', chain], { stdio: 'pipe' }).toString(), /Verified/);
  }
});

test('an emergency keeps the boards of the ledger, and no forger', async (t) => {
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const instance = await Instance.start(t, { directory: thief.directory });
  const api = await client(instance, await instance.init());
  const ca = authorityOf(instance, new Person(t));
  const from = new Date(Date.now() - 1000);
  const board = await countingBoard(instance, api, 'orchard');
  const session = await connect(instance, board);
  let closed = 0;
  session.on('close', () => ++closed);
  const stop = publish(session, board);

  const rotated = await ca.ok('rotate', '--emergency', '--cut-off', '30', '--reason', 'the key was stolen', '--yes');

  assert.equal(states(rotated), 'distrusted issuing');
  assert.ok(!JSON.stringify(rotated).includes('old_with_new'), 'nothing vouches for the stolen key');
  const before = board.acknowledged.length;
  await waitFor('messages after it', () => board.acknowledged.length > before + 5);
  await stop();
  assert.equal(closed, 0, 'the board in the ledger goes on');
  await expectNothingLost(api, board, from);
  session.end(true);
  (await connect(instance, board)).end(true);

  await assert.rejects(connect(instance, forge(thief, board, 'forged')));
  await waitFor('the alarm', () => /level=error .*forged_certificate .*generation=1/.test(instance.log), { seconds: 5 });
  const destroyed = await ca.run('destroy', '1', '--yes');
  assert.equal(destroyed.status, 5);
  assert.match(destroyed.stderr, /--devices 1/);
  assert.equal(states(await ca.ok('destroy', '1', '--devices', '1', '--yes')), 'destroyed issuing');
  (await connect(instance, board)).end(true);
  await assert.rejects(connect(instance, forge(thief, board, 'later')));
});

test('when the cut-off of its boards comes they are cut off by themselves, and may not come back', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const ca = authorityOf(instance, new Person(t));
  const boards = [await enrol(instance, api, { name: 'x' }), await enrol(instance, api, { name: 'y' })];
  await ca.ok('rotate', '--emergency', '--cut-off', 'never', '--reason', 'x', '--yes');
  const late = await enrol(instance, api, { name: 'late' });
  const sessions = await Promise.all(boards.map((board) => connect(instance, board)));
  const stays = await connect(instance, late);
  let staysClosed = false;
  stays.on('close', () => (staysClosed = true));
  const closed = Promise.all(sessions.map((session) => once(session, 'close')));

  const soon = new Date(Date.now() + 5000).toISOString();
  await ca.ok('distrust', '1', '--cut-off', soon, '--yes');
  await closed;

  assert.ok(Date.now() >= Date.parse(soon), 'not before');
  assert.equal(staysClosed, false, 'a board of another generation stays');
  for (const board of boards) await assert.rejects(connect(instance, board));
  stays.end(true);
});

/** The children of the first process, by name. */
function childrenOf(pid) {
  const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return Object.fromEntries(children.map((child) => [fs.readFileSync(`/proc/${child}/comm`, 'utf8').trim(), Number(child)]));
}

test('a rotation goes on after kill -9 of fastness-hub in the middle', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const ca = authorityOf(instance, new Person(t));
  const board = await enrol(instance, api, { name: 'orchard' });

  const done = await killTwice(instance, ca, 'fastness-hub');

  assert.equal(states(done), 'distrusted destroyed issuing');
  assert.ok(!JSON.stringify(done).includes('old_with_new'));
  await waitFor('the board to be let in', async () => {
    try {
      (await connect(instance, board)).end(true);
      return true;
    } catch {
      return false;
    }
  });
});

test('a rotation goes on after kill -9 of fastness-vault, and no board notices', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const ca = authorityOf(instance, new Person(t));
  const from = new Date(Date.now() - 1000);
  const board = await countingBoard(instance, api, 'orchard');
  const session = await connect(instance, board);
  let closed = 0;
  session.on('close', () => ++closed);
  const stop = publish(session, board);
  const listenersFile = path.join(instance.directory, 'run/listeners.json');
  const listeners = fs.readFileSync(listenersFile, 'utf8');
  const hub = childrenOf(instance.pid)['fastness-hub'];

  const done = await killTwice(instance, ca, 'fastness-vault');

  assert.equal(states(done), 'distrusted destroyed issuing');
  assert.ok(!JSON.stringify(done).includes('old_with_new'));
  assert.equal(childrenOf(instance.pid)['fastness-hub'], hub, 'the hub lives on');
  assert.equal(fs.readFileSync(listenersFile, 'utf8'), listeners);
  const before = board.acknowledged.length;
  await waitFor('messages after it', () => board.acknowledged.length > before + 5);
  await stop();
  assert.equal(closed, 0, 'the board was not cut off');
  await expectNothingLost(api, board, from);
  session.end(true);
  (await connect(instance, await enrol(instance, api, { name: 'late' }))).end(true);
});

test('a hub whose vault dies while nothing happens finds the next one when it needs it', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  for (let round = 1; round <= 3; ++round) {
    const { 'fastness-vault': vault, 'fastness-hub': hub } = childrenOf(instance.pid);
    process.kill(vault, 'SIGKILL');
    (await connect(instance, await enrol(instance, api, { name: `after ${round}` }))).end(true);
    const now = childrenOf(instance.pid);
    assert.notEqual(now['fastness-vault'], vault);
    assert.equal(now['fastness-hub'], hub);
  }
  await waitFor('it in the log', () => instance.log.includes('vault_back'));
});

/** Kills it once between the steps of a rotation, and once as near to them as a signal comes. */
async function killTwice(instance, ca, victim) {
  assert.equal(states(await ca.ok('rotate', '--reason', 'x', '--soak', '10', '--yes')), 'issuing trusted');
  const soaking = childrenOf(instance.pid)[victim];
  process.kill(soaking, 'SIGKILL');
  const again = await waitFor('it to serve again', () => backWith(ca, instance, victim, soaking), { seconds: 30 });
  assert.deepEqual([states(again), again.rotation.step], ['issuing trusted', 'soaking']);

  const running = childrenOf(instance.pid)[victim];
  const order = ca.run('rotate', '--emergency', '--cut-off', '30', '--reason', 'now', '--yes', '--json');
  await waitFor('its beginning', () => instance.log.includes('action=ca.rotation_emergency'));
  process.kill(running, 'SIGKILL');
  await order;
  return waitFor('it to be done', async () => {
    const status = await backWith(ca, instance, victim, running);
    return status && status.rotation.kind === 'emergency' && status.rotation.step === 'renewing' ? status : undefined;
  }, { seconds: 40 });
}

/** The status, once another process serves in the victim's place. */
async function backWith(ca, instance, victim, dead) {
  let now;
  try {
    now = childrenOf(instance.pid)[victim];
  } catch {
    return undefined;
  }
  if (!now || now === dead) return undefined;
  const { status, stdout } = await ca.run('status', '--json');
  if (status !== 0) return undefined;
  instance.listeners = JSON.parse(fs.readFileSync(path.join(instance.directory, 'run/listeners.json'), 'utf8'));
  return JSON.parse(stdout);
}

test('it says what will happen to how many devices, and asks before it does', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const person = new Person(t);
  const ca = authorityOf(instance, person);
  await enrol(instance, api, { name: 'x' });
  const rotate = ['ca', 'rotate', '--data-dir', instance.directory, '--emergency', '--cut-off', '2100-01-01', '--reason', 'x'];

  const nobody = await person.run(rotate);
  assert.equal(nobody.status, 2);
  assert.match(nobody.stderr, /say --yes if this is meant/);
  const no = await person.atTerminal(rotate, [[/Go on\? \[y\/N\]/, 'n']]);
  assert.match(no.seen, /1 board of it: in by the ledger, until 2100-01-01 00:00 UTC/);
  assert.match(no.seen, /0 other devices of it: cut off at once/);
  assert.match(no.seen, /Nothing was changed/);
  assert.equal(states(await ca.status()), 'issuing');
  const yes = await person.atTerminal(rotate, [[/Go on\? \[y\/N\]/, 'y']]);
  assert.equal(yes.status, 0, yes.seen);
  assert.match(yes.seen, /generation 1 +distrusted/);

  const mistakes = [
    [['rotate', '--yes'], 2, /--reason is required/],
    [['rotate', '--reason', 'x', '--emergency', '--yes'], 2, /--emergency needs --cut-off/],
    [['rotate', '--reason', 'x', '--cut-off', '3', '--yes'], 2, /goes with --emergency/],
    [['distrust', '2', '--cut-off', 'soon', '--yes'], 2, /number of days/],
    [['distrust', '2', '--cut-off', '3', '--yes'], 5, /Generation 2 issues/],
    [['distrust', '9', '--cut-off', '3', '--yes'], 3, /no generation 9/],
    [['abrt'], 2, /did you mean abort\?/],
    [['abort', '--yes'], 0, /aborted/],
    [['abort', '--yes'], 3, /No rotation is under way/],
  ];
  for (const [args, status, message] of mistakes) {
    const said = await ca.run(...args);
    assert.equal(said.status, status, `${args.join(' ')}: ${said.stderr}`);
    assert.match(said.stdout + said.stderr, message);
  }
  await instance.stop();
  assert.equal((await ca.run('status')).status, 6);
});
