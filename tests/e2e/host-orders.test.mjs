// The gravest orders of the host, once the guard is on: two operators sign each by a passkey, or two of the sealed codes are shown, and
// then the same command does it, once. Real processes, and two real browsers with an authenticator each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desk } from './support/desk.mjs';
import { host, hostSucceeds } from './support/host.mjs';
import { Instance } from './support/instance.mjs';

async function open(t) {
  const instance = await Instance.start(t, { settings: { 'listen.http': '["127.0.0.1:0"]' } });
  await instance.init();
  const desks = [];
  for (const [name, email] of [['Workshop', 'anna@example.org'], ['Depot', 'ben@example.org']]) {
    desks.push(await Desk.open(t, instance, await instance.init({ organisation: name, email })));
    await hostSucceeds(['operator', 'add', email, '--data-dir', instance.directory]);
  }
  const act = (...words) => hostSucceeds([...words, '--data-dir', instance.directory]);
  const isRefused = async (...words) => {
    const { status, stderr } = await host([...words, '--data-dir', instance.directory]);
    assert.equal(status, 5, stderr);
    return stderr;
  };
  return { instance, desks, act, isRefused };
}

async function approve(desk, what) {
  await desk.go('/operator');
  await desk.sees(what);
  await desk.press('Approve with your passkey');
  await desk.sees(/signed by .*you/);
}

test('what two operators have signed is done when it is given again, once', async (t) => {
  const { instance, desks, act, isRefused } = await open(t);
  const [anna, ben] = desks;
  await anna.go('/operator');
  await anna.sees('need nobody else');
  const { stdout: guarded } = await act('order', 'guard');
  assert.match(guarded, /need two operators from now on/);
  assert.match(guarded, /No codes are sealed/);

  const erasure = ['user', 'erase', 'owner@example.org', '--yes'];
  const told = await isRefused(...erasure);
  assert.match(told, /needs two people/);
  assert.match(told, /Erase owner@example\.org/);
  const [, id] = told.match(/approve-by-codes ([0-9a-f-]{36})/);

  await approve(anna, /Erase owner@example\.org/);
  assert.equal(await anna.page.getByRole('button', { name: 'Approve with your passkey' }).count(), 0, 'nobody signs twice');
  await isRefused(...erasure);
  assert.match((await act('order', 'list')).stdout, /signed by anna@example\.org/);
  await approve(ben, /Erase owner@example\.org/);
  await ben.sees(/approved: it is done if it is given again/);
  assert.match(await isRefused('user', 'erase', 'ben@example.org', '--yes'), /needs two people/, 'nothing but that was approved');

  assert.match((await act(...erasure)).stdout, /Erased|Ordered/);

  const { signatures } = JSON.parse((await act('order', 'signatures', id)).stdout);
  assert.equal(signatures.length, 2);
  assert.ok(signatures.every(({ statement }) => statement.includes(id) && !statement.includes('@')));

  await ben.go('/operator');
  await ben.sees(/Erase ben@example\.org/);
  await ben.press('Refuse');
  await ben.page.getByRole('dialog').getByRole('button', { name: 'Refuse it' }).click();
  await ben.sees('Nothing waits.');

  assert.deepEqual(ben.page.complaints, []);
  await isRefused('operator', 'seal-codes', '--yes');
  await instance.restart();
  assert.match((await act('order', 'list')).stdout, /need two operators since[^]*Nothing waits/, 'the guard outlives a restart, and what waits does not');
});

test('two of the sealed codes do for both operators, once', async (t) => {
  const { desks, act, isRefused, instance } = await open(t);
  const { codes } = JSON.parse((await act('operator', 'seal-codes', '--yes', '--json')).stdout);
  await act('order', 'guard');
  const [, id] = (await isRefused('order', 'unguard')).match(/approve-by-codes ([0-9a-f-]{36})/);
  await approve(desks[0], /Let the gravest orders of the host need nobody else/);

  const show = (...lines) => host(['order', 'approve-by-codes', id, '--data-dir', instance.directory], { secret: `${lines.join('\n')}\n`, option: '--codes-fd' });
  const wrong = await show(codes[0], codes[0]);
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /not two of the sealed codes/);
  const right = await show(codes[0], codes[1]);
  assert.equal(right.status, 0, right.stderr);

  assert.match((await act('order', 'unguard')).stdout, /need nobody else/);
  assert.match((await act('order', 'list')).stdout, /No order needs a second person/);
});
