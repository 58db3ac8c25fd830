// fastness bench: real messages through a real hub, counted.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import { client, request } from './support/api.mjs';
import { enrol } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const file = wholeFile();
let instance;
let person;
let api;

before(async () => {
  instance = await Instance.start(file, { settings: { 'limits.mqtt_messages_per_second': '100000', 'limits.mqtt_message_burst': '100000' } });
  const key = await instance.init();
  api = await client(instance, key);
  person = new Person(file);
  await person.logIn(instance, key);
});

const asPerson = () => ['--mqtt', `localhost:${instance.port('mqtts')}`];
const asDevices = () => ['--test-devices', '--mqtt', `localhost:${instance.port('mqtts_certificate')}`];

/** Runs one that must succeed; resolves to its figures. */
const bench = (...args) => person.json('bench', '--seconds', '1', ...args);

function assertWhole(figures, deliveriesEach) {
  assert.ok(figures.sent > 0);
  assert.equal(figures.delivered, figures.sent * deliveriesEach);
  assert.equal(figures.lost, 0);
  assert.equal(figures.duplicates, 0);
  const { p50, p90, p99, p999, max } = figures.latency_us;
  assert.ok(p50 > 0 && p50 <= p90 && p90 <= p99 && p99 <= p999 && p999 <= max, JSON.stringify(figures.latency_us));
}

test('every pattern delivers everything once, at every quality of service', async () => {
  for (const [pattern, connections, deliveries] of [['pairs', 6, 1], ['fan-in', 4, 1], ['fan-out', 4, 3]]) {
    for (const qos of ['0', '1', '2']) {
      const figures = await bench(pattern, '--clients', '3', '--rate', '60', '-q', qos, ...asPerson());
      assert.equal(figures.connections, connections);
      assert.equal(figures.answered, qos === '0' ? 0 : figures.sent);
      // The machine may be slow, but nothing is sent ahead of the timetable.
      assert.ok(figures.sent <= 60 * figures.seconds + 1, `${figures.sent} in ${figures.seconds} s`);
      assertWhole(figures, deliveries);
    }
  }
});

test('as fast as the server answers, and with nothing to say', async () => {
  assertWhole(await bench('pairs', '--clients', '2', '--rate', '0', ...asPerson()), 1);
  const idle = await bench('idle', '--clients', '5', ...asPerson());
  assert.equal(idle.connections, 5);
  assert.equal(idle.sent + idle.delivered + idle.lost, 0);
});

test('test devices are enrolled for it, and are gone after it', async () => {
  const figures = await bench('pairs', '--clients', '2', '--rate', '50', ...asDevices());
  assert.equal(figures.connections, 4);
  assertWhole(figures, 1);
  const { devices } = await api('GET', '/api/v1/devices');
  assert.deepEqual(devices, []);
});

test('the histogram holds every delivery once', async () => {
  const { delivered, latency_us } = await bench('fan-out', '--clients', '3', '--rate', '50', ...asPerson());
  assert.equal(latency_us.histogram.reduce((sum, { count }) => sum + count, 0), delivered);
  const ends = latency_us.histogram.map(({ under }) => under);
  assert.deepEqual(ends, ends.toSorted((a, b) => a - b));
  assert.ok(latency_us.max < ends.at(-1));
});

test('devices that are there already are used as they are, and stay', async () => {
  const folder = person.file('devices');
  fs.mkdirSync(folder);
  await person.ok('device', 'create', 'bench-a');
  await person.ok('device', 'enrol', 'bench-a', '--out', path.join(folder, 'a'));
  const asGiven = ['--certificates', folder, '--mqtt', `localhost:${instance.port('mqtts_certificate')}`];
  const few = await person.run(['bench', 'pairs', '--clients', '1', ...asGiven]);
  assert.equal(few.status, 3, few.stderr);
  assert.match(few.stderr, /2 connections need as many devices, and .*devices has keys of 1/);

  const other = await enrol(instance, api, { name: 'bench-b' });
  fs.copyFileSync(other.key, path.join(folder, 'b.key'));
  const bare = await person.run(['bench', 'pairs', '--clients', '1', ...asGiven]);
  assert.equal(bare.status, 3, bare.stderr);
  assert.match(bare.stderr, /b\.key has no certificate beside it: b\.crt or \.pem/);

  fs.copyFileSync(path.join(folder, 'a/device.crt'), path.join(folder, 'b.pem'));
  const wrong = await person.run(['bench', 'pairs', '--clients', '1', ...asGiven]);
  assert.match(wrong.stderr, /b\.key and its certificate: /);
  fs.copyFileSync(other.certificate, path.join(folder, 'b.pem'));

  const figures = await bench('pairs', '--clients', '1', '--rate', '50', ...asGiven);
  assert.equal(figures.connections, 2);
  assertWhole(figures, 1);
  const { devices } = await api('GET', '/api/v1/devices');
  assert.deepEqual(devices.map(({ name }) => name).sort(), ['bench-a', 'bench-b']);
  for (const { id } of devices) await api('DELETE', `/api/v1/devices/${id}`);
});

test('what memory a connection takes is told where the server is at hand', async () => {
  const figures = await bench('idle', '--clients', '50', '--data-dir', instance.directory, ...asPerson());
  const each = figures.server_bytes_a_connection;
  assert.ok(Number.isInteger(each) && Math.abs(each) < 1_000_000, String(each));
  assert.equal((await bench('idle', '--clients', '2', ...asPerson())).server_bytes_a_connection, undefined);
  const shown = await person.ok('bench', 'idle', '--clients', '2', '--seconds', '1', '--data-dir', instance.directory, ...asPerson());
  assert.match(shown, /server's bytes a connection +-?\d+/);

  const elsewhere = await person.run(['bench', 'idle', '--data-dir', person.home, ...asPerson()]);
  assert.equal(elsewhere.status, 3, elsewhere.stderr);
  assert.match(elsewhere.stderr, /no instance runs on .*--data-dir/);
});

test('at a terminal it says how far it is', async () => {
  const { status, seen } = await person.atTerminal(['bench', 'pairs', '--clients', '1', '--seconds', '2', ...asDevices()]);
  assert.equal(status, 0, seen);
  for (const line of [/2 of 2 test devices made/, /2 of 2 connected, \d+ sent, \d+ delivered, p50 \d+ us, 1 of 2 s/, /2 of 2 test devices removed/]) assert.match(seen, line);
});

/** How many messages the server has had. */
async function messagesReceived() {
  const { text } = await request(instance, 'GET', '/metrics');
  return [...text.matchAll(/^fastness_gateway_messages_received_total\S* (\d+)$/gm)].reduce((sum, [, count]) => sum + Number(count), 0);
}

test('Ctrl-C ends it with what it has, and takes the test devices away', async () => {
  const child = person.start(['bench', 'pairs', '--clients', '1', '--seconds', '600', ...asDevices()]);
  const before = await messagesReceived();
  await waitFor('its messages', async () => (await messagesReceived()) > before + 100);
  child.kill('SIGINT');
  assert.equal(await child.ended, 0, child.err);
  assert.match(child.out, /latency p99/);
  const { devices } = await api('GET', '/api/v1/devices');
  assert.deepEqual(devices, []);
});

test('a table has its histogram, and mistakes say what is wrong', async () => {
  const shown = await person.ok('bench', 'fan-in', '--clients', '2', '--seconds', '1', ...asPerson());
  assert.match(shown, /under +\d+ us +\d+ +#+/);
  for (const [args, message, status] of [
    [['pairs', '--rate', '0', '-q', '0'], /--rate 0 needs --qos 1 or 2/, 2],
    [['mesh'], /mesh/, 2],
    [['pairs', '--size', '3'], /size/, 2],
    [['pairs', '--test-devices', '--certificates', '.'], /--certificates.*excludes|excludes.*--certificates/, 2],
    [['pairs', '--certificates', '/nonexistent'], /cannot read \/nonexistent/, 3],
    [['pairs', '--mqtt', 'localhost:1'], /cannot reach localhost:1/, 6],
  ]) {
    const answer = await person.run(['bench', ...args]);
    assert.equal(answer.status, status, answer.stderr);
    assert.match(answer.stderr, message);
  }
});

test('more connections than one key may have are refused, and it says so', async () => {
  const answer = await person.run(['bench', 'idle', '--clients', '101', '--seconds', '1', ...asPerson()]);
  assert.notEqual(answer.status, 0);
  assert.match(answer.stderr, /a limit is reached/);
});
