// Operators of the server: let into an organisation by two passkeys, seen by its people, out at once; and by the sealed codes when
// nobody can be asked. Real processes, and two real browsers with an authenticator each.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Desk } from './support/desk.mjs';
import { hostSucceeds } from './support/host.mjs';
import { Instance } from './support/instance.mjs';

async function ask(desk, organisation, why) {
  await desk.go('/operator');
  await desk.press('Ask to be let in');
  await desk.page.getByRole('textbox', { name: 'Organisation' }).fill(organisation);
  await desk.page.getByRole('textbox', { name: 'Why' }).fill(why);
  await desk.press('Sign and ask');
  await desk.sees('waits for an answer');
}

async function open(t) {
  const instance = await Instance.start(t, { settings: { 'listen.http': '["127.0.0.1:0"]' } });
  const ofOwner = await instance.init();
  const ofOperator = await instance.init({ organisation: 'Workshop', email: 'anna@example.org' });
  const operator = await Desk.open(t, instance, ofOperator);
  const act = (...words) => hostSucceeds(['operator', ...words, '--data-dir', instance.directory]);
  return { instance, ofOwner, operator, act };
}

test('an operator is let in by two passkeys, is seen, and is out at once', async (t) => {
  const { instance, ofOwner, operator, act } = await open(t);
  const owner = await Desk.open(t, instance, ofOwner);
  await owner.page.evaluate(async () => {
    const session = await (await fetch('/api/v1/session')).json();
    await fetch('/api/v1/things', { method: 'POST', headers: { 'content-type': 'application/json', 'x-fastness-csrf': session.csrf }, body: '{"name":"Barn pump"}' });
  });
  assert.equal(await operator.page.getByRole('link', { name: 'Operator' }).count(), 0);
  await act('add', 'anna@example.org');

  await ask(operator, ofOwner.organisation_id, 'The pump is silent');
  await owner.go('/');
  await owner.sees('An operator of this server asks to be let into this organisation.');
  await owner.page.getByRole('link', { name: 'Look and decide' }).click();
  await owner.sees('“The pump is silent”');
  await owner.press('Let them in');
  await owner.sees(/anna@example\.org, an operator of this server, is let into this organisation until/);

  await operator.go('/operator');
  await operator.press('Go in');
  await operator.sees(/You are in Greenhouse as an operator/);
  await operator.go('/things');
  await operator.sees('Barn pump');
  assert.equal(await operator.page.getByRole('link', { name: 'API keys' }).count(), 0);
  assert.equal(await operator.page.getByRole('link', { name: 'People' }).count(), 0);

  await owner.go('/audit');
  await owner.sees('let an operator in by');
  await owner.go('/support');
  await owner.press('End it');
  await owner.page.getByRole('dialog').getByRole('button', { name: 'End it' }).click();
  await owner.sees(/ended by owner@example\.org/);
  await operator.page.getByText('You are in Greenhouse as an operator').waitFor({ state: 'detached' });
  await operator.go('/things');
  await operator.page.getByRole('heading', { name: 'Things' }).first().waitFor();
  assert.equal(await operator.page.getByText('Barn pump').count(), 0);

  const { stdout: review } = await act('review');
  assert.match(review, /anna@example\.org, since/);
  assert.match(review, /anna@example\.org: ended .* let in by the organisation/);
  assert.match(review, /The pump is silent/);
  await act('remove', 'anna@example.org');
  await operator.go('/operator');
  await operator.sees(/not found|nothing at this/i);
  assert.deepEqual(owner.page.complaints, []);
});

test('two of the three sealed codes let an operator in, once, and the review says so', async (t) => {
  const { ofOwner, operator, act } = await open(t);
  await act('add', 'anna@example.org');
  const { codes } = JSON.parse((await act('seal-codes', '--yes', '--json')).stdout);
  assert.equal(codes.length, 3);

  await ask(operator, ofOwner.organisation_id, 'Nobody answers');
  await operator.press('Sealed codes…');
  await operator.page.getByLabel('One code').fill(codes[2].toLowerCase());
  await operator.page.getByLabel('Another').fill(codes[2]);
  await operator.press('Break the seal');
  await operator.sees(/not two of the sealed codes/);
  await operator.page.getByLabel('Another').fill(codes[0]);
  await operator.press('Break the seal');
  await operator.sees(/let in by two of the sealed codes/);
  await operator.press('Go in');
  await operator.sees(/You are in Greenhouse as an operator/);
  await operator.press('Leave');
  await operator.page.getByText('You are in Greenhouse as an operator').waitFor({ state: 'detached' });

  const { stdout: review } = await act('review');
  assert.match(review, /let in by two of the sealed codes/);
  assert.match(review, /No codes are sealed/);
});
