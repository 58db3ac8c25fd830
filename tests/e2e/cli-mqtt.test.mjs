// fastness mqtt: any topic of the organisation from the command line, against a real hub.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { before, test } from 'node:test';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { bin, Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const file = wholeFile();
let instance;
let person;
let where;

before(async () => {
  instance = await Instance.start(file);
  const key = await instance.init();
  person = new Person(file);
  await person.logIn(instance, key);
  where = ['--mqtt', `localhost:${instance.port('mqtts')}`];
});

const pub = (...args) => person.run(['mqtt', 'pub', ...args, ...where]);

/** Starts a subscriber and waits until the server has taken it on. */
async function listening(...args) {
  const child = person.start(['mqtt', 'sub', ...args, ...where]);
  await waitFor('the subscription', () => /subscribed/.test(child.err));
  return child;
}

test('what is published arrives, at every quality of service, until Ctrl-C', async () => {
  const sub = await listening('room/#', '-q', '2');
  for (const qos of ['0', '1', '2']) {
    const { status, stderr } = await pub(`room/q${qos}`, `at ${qos}`, '-q', qos);
    assert.equal(status, 0, stderr);
  }
  await waitFor('all three', () => sub.out.split('\n').length > 3);
  assert.equal(sub.out, 'room/q0  at 0\nroom/q1  at 1\nroom/q2  at 2\n');
  sub.kill('SIGINT');
  assert.equal(await sub.ended, 0);
});

test('--count ends it, and -o json shows everything a message has', async () => {
  const sub = await listening('meta/+', '--count', '1', '-o', 'json');
  const sent = await pub('meta/x', '{"a":1}', '--property', 'unit=mm', '--property', 'unit=cm',
    '--content-type', 'application/json', '--response-topic', 'meta/answer', '--expiry', '60');
  assert.equal(sent.status, 0, sent.stderr);
  assert.equal(await sub.ended, 0);
  const message = JSON.parse(sub.out);
  assert.equal(message.topic, 'meta/x');
  assert.equal(message.payload, '{"a":1}');
  assert.equal(message.qos, 1);
  assert.equal(message.content_type, 'application/json');
  assert.equal(message.response_topic, 'meta/answer');
  assert.ok(message.expires_in_seconds > 0 && message.expires_in_seconds <= 60);
  assert.deepEqual(message.user_properties, [{ name: 'unit', value: 'mm' }, { name: 'unit', value: 'cm' }]);
});

test('a retained message is there for whoever comes later, and an empty one removes it', async () => {
  await pub('kept/door', 'open', '--retain');
  const sub = await person.run(['mqtt', 'sub', 'kept/#', '--count', '1', '--payload-only', ...where]);
  assert.equal(sub.stdout, 'open\n');
  const late = await person.run(['mqtt', 'sub', 'kept/#', '--no-retained', '--count', '1', '--timeout', '1', ...where]);
  assert.deepEqual([late.status, late.stdout], [7, '']);
  await pub('kept/door', '--retain');
  const gone = await person.run(['mqtt', 'sub', 'kept/#', '--timeout', '1', ...where]);
  assert.deepEqual([gone.status, gone.stdout], [0, '']);
});

test('payloads are bytes: hex and base64 in and out, and nothing that commands a terminal', async () => {
  for (const [format, shown] of [['hex', '1bff0a'], ['base64', 'G/8K'], ['text', 'hex:1bff0a']]) {
    const sub = await listening('bytes', '--count', '1', '--payload', format, '--payload-only');
    assert.equal((await pub('bytes', '1bff0a', '--payload', 'hex')).status, 0);
    assert.equal(await sub.ended, 0);
    assert.equal(sub.out, `${shown}\n`);
  }
  const sub = await listening('bytes', '--count', '1', '--payload', 'raw', '--payload-only');
  assert.equal((await pub('bytes', 'aGk=', '--payload', 'base64')).status, 0);
  await sub.ended;
  assert.equal(sub.out, 'hi\n');
});

test('standard input is one message, or one a line as the lines come', async () => {
  const sub = await listening('in/#', '--count', '4');
  const whole = person.start(['mqtt', 'pub', 'in/whole', '-', ...where], { input: 'two words' });
  assert.equal(await whole.ended, 0, whole.err);
  const lines = spawn(path.join(bin, 'fastness'), ['mqtt', 'pub', 'in/line', '--lines', ...where], { env: person.env });
  lines.stdin.write('first\n');
  await waitFor('the first line, before the input has ended', () => /first/.test(sub.out));
  lines.stdin.end('second\nthird without an end');
  await sub.ended;
  assert.equal(sub.out, 'in/whole  two words\nin/line  first\nin/line  second\nin/line  third without an end\n');
});

test('a thousand lines arrive in order', async () => {
  const sub = await listening('many', '--count', '1000', '--payload-only');
  const input = Array.from({ length: 1000 }, (_, i) => `${i}\n`).join('');
  const many = person.start(['mqtt', 'pub', 'many', '--lines', ...where], { input });
  assert.equal(await many.ended, 0, many.err);
  assert.equal(await sub.ended, 0);
  assert.equal(sub.out, input);
});

test('mistakes and refusals say what is wrong, each with its exit status', async () => {
  const cases = [
    [['pub', 'a/+', 'x'], /not a topic to publish to/, 2],
    [['pub', 'a', 'zz', '--payload', 'hex'], /not hex/, 2],
    [['pub', 'a', 'x', '--property', 'novalue'], /NAME=VALUE/, 2],
    [['pub', '$SYS/x', 'x'], /not permitted|not a topic to publish to/, undefined],
    [['sub', 'a/#/b'], /not a topic filter/, 2],
    [['sub'], /topic/, 2],
    [['pub', 'a', 'x', '-q', '3'], /qos/, 2],
  ];
  for (const [args, message, status] of cases) {
    const answer = await person.run(['mqtt', ...args, ...where]);
    assert.match(answer.stderr, message, args.join(' '));
    if (status === undefined) assert.notEqual(answer.status, 0, args.join(' '));
    else assert.equal(answer.status, status, args.join(' '));
  }
  const nobody = await person.run(['mqtt', 'pub', 'a', 'x', '--mqtt', 'localhost:1']);
  assert.equal(nobody.status, 6);
  assert.match(nobody.stderr, /cannot reach localhost:1/);
});

test('who is not logged in is told to, and a server that proves nothing is not spoken to', async (t) => {
  const stranger = new Person(t);
  const { status, stderr } = await stranger.run(['mqtt', 'sub', 'a', ...where]);
  assert.notEqual(status, 0);
  assert.match(stderr, /fastness login/);
  const other = await Instance.start(t);
  const wrong = await person.run(['mqtt', 'sub', 'a', '--mqtt', `localhost:${other.port('mqtts')}`]);
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /certificate/i);
});
