// Several people in one organisation: invited, at work, made less, let go, and an organisation handed over. Real processes,
// a real mail server and a real browser.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { request } from './support/api.mjs';
import { openBrowser, openPage } from './support/browser.mjs';
import { Instance } from './support/instance.mjs';
import { makeCertificate } from './support/localhost.mjs';
import { MailSink, waitForMail } from './support/mail_sink.mjs';
import { signIn } from './support/sign_in.mjs';
import { waitFor } from './support/wait.mjs';

const password = 'a long enough passphrase for tests';
const other = 'violet tractor umbrella lamp';

/** What a page of ours sends in the session that `response` began. */
function pageOf(response) {
  assert.equal(response.status, 201, response.text);
  return { cookie: response.headers['set-cookie'][0].split(';')[0], 'x-fastness-csrf': response.json.csrf, 'sec-fetch-site': 'same-origin' };
}

function mailSettings(certificate, port) {
  const passwordFile = path.join(certificate.directory, 'password');
  fs.writeFileSync(passwordFile, 'correct-horse-7Kq2\n', { mode: 0o600 });
  return {
    'outgoing.allow': '["127.0.0.1", "::1"]', 'outgoing.anchors_file': certificate.file, 'mail.server': `smtp://localhost:${port}`,
    'mail.from': 'fastness@example.org', 'mail.user': 'me', 'mail.password_file': passwordFile,
  };
}

test('somebody comes in by a link, works, and has nothing there once they are let go', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const owner = await signIn(instance, key.setup_token);
  const call = (method, target, body, headers) => (headers ? request(instance, method, target, { body, headers }) : owner(method, target, body));

  const invited = await call('POST', '/api/v1/invitations', { email: 'member@example.org', role: 'member' });
  assert.equal(invited.status, 201, invited.text);
  assert.equal(invited.json.mailed, false);
  const token = new URL(invited.json.link).hash.slice(1);
  const joined = await call('POST', '/api/v1/invitations/join', { token, password: other }, { 'sec-fetch-site': 'same-origin' });
  const member = pageOf(joined);
  assert.equal(joined.json.role, 'member');

  const thing = await call('POST', '/api/v1/things', { name: 'Barn' }, member);
  assert.equal(thing.status, 201);
  const made = await call('POST', '/api/v1/api-keys', { name: 'theirs', scopes: ['things:read'] }, member);
  assert.equal(made.status, 201, made.text);
  const trade = () => request(instance, 'POST', '/iot/v1/clients/token', {
    body: `grant_type=client_credentials&client_id=${made.json.client_id}&client_secret=${made.json.client_secret}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal((await trade()).status, 200);
  assert.equal((await call('POST', '/api/v1/api-keys', { name: 'more', scopes: ['audit:read'] }, member)).status, 403);
  assert.equal((await call('GET', '/api/v1/audit', undefined, member)).status, 403);

  const { json: { people } } = await call('GET', '/api/v1/people');
  const { user_id: id } = people.find(({ email }) => email === 'member@example.org');
  assert.equal((await call('PUT', `/api/v1/people/${id}`, { role: 'viewer' })).status, 204);
  assert.equal((await call('POST', '/api/v1/things', { name: 'Shed' }, member)).status, 403);
  assert.equal((await call('GET', '/api/v1/things', undefined, member)).status, 200);

  assert.equal((await call('DELETE', `/api/v1/people/${id}`)).status, 204);
  assert.equal((await trade()).status, 401);
  const after = await call('GET', '/api/v1/things', undefined, member);
  assert.deepEqual(after.json.things, [], 'they are in their own organisation, which is empty');
});

test('a mailed invitation is shown to nobody else, and the server restarts with all of it', async (t) => {
  const certificate = makeCertificate(t);
  const sink = await MailSink.start(t, { ...certificate, password: 'correct-horse-7Kq2' });
  const instance = await Instance.start(t, { settings: mailSettings(certificate, sink.port) });
  const key = await instance.init();
  const owner = await signIn(instance, key.setup_token);
  const mailed = await owner('POST', '/api/v1/invitations', { email: 'new@example.org', role: 'administrator' });
  assert.equal(mailed.status, 201, mailed.text);
  assert.equal(mailed.json.mailed, true);
  assert.equal(mailed.json.link, undefined);
  const mail = sink.mails.find(({ to }) => to.includes('new@example.org'));
  const link = /https:\/\/\S+\/invitation#(\S+)/.exec(mail.body);
  assert.ok(link, mail.body);

  await instance.restart();

  const headers = { 'sec-fetch-site': 'same-origin' };
  const joined = await request(instance, 'POST', '/api/v1/invitations/join', { body: { token: link[1], password: other }, headers });
  assert.equal(joined.json.role, 'administrator');
  const again = await request(instance, 'POST', '/api/v1/invitations/join', { body: { token: link[1], password: other }, headers });
  assert.equal(again.status, 401);
  await waitForMail('the inviter hears of it', () => sink.mails.some(({ header }) => /somebody accepted your invitation/.test(header)));
  for (const { header, body } of sink.mails.filter((each) => each !== mail)) {
    assert.ok(!`${header}${body}`.includes(link[1]), 'no other mail has the link');
  }
});

test('a guest and a limited key have the thing that they were given, and no other', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const owner = await signIn(instance, key.setup_token);
  const make = async (name) => (await owner('POST', '/api/v1/things', { name, properties: [{ name: 't', variable_name: 't', type: 'FLOAT', permission: 'read_write' }] })).json;
  const [barn, well] = [await make('Barn'), await make('Well')];

  const invited = await owner('POST', '/api/v1/invitations', { email: 'guest@example.org', role: 'guest', things: [{ thing_id: barn.id, right: 'view' }] });
  assert.equal(invited.status, 201, invited.text);
  const link = new URL(invited.json.link);
  const page = await openPage(await openBrowser(t, instance));
  await page.goto(`${instance.url}${link.pathname}${link.hash}`);
  await page.getByLabel('Password', { exact: true }).fill(other);
  await page.getByRole('button', { name: 'Make the account and come in' }).click();
  await page.getByRole('heading', { name: 'Things', exact: true }).waitFor();
  await page.getByRole('link', { name: 'Barn' }).first().waitFor();
  assert.equal(await page.getByText('Well', { exact: true }).count(), 0, 'nothing else is there');
  assert.equal(await page.getByRole('link', { name: 'Devices' }).count(), 0);
  assert.equal(await page.getByRole('link', { name: 'Home', exact: true }).count(), 0);

  const made = await owner('POST', '/api/v1/api-keys', { name: 'barn only', scopes: ['things:read', 'values:write'], things: [barn.id] });
  assert.equal(made.status, 201, made.text);
  const traded = await request(instance, 'POST', '/iot/v1/clients/token', {
    body: `grant_type=client_credentials&client_id=${made.json.client_id}&client_secret=${made.json.client_secret}`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  const ask = (method, target, body) => request(instance, method, target, { token: traded.json.access_token, body });
  const listed = await ask('GET', '/iot/v2/things');
  assert.deepEqual(listed.json.map(({ id }) => id), [barn.id]);
  const publish = (thing) => ask('PUT', `/iot/v2/things/${thing.id}/properties/${thing.properties[0].id}/publish`, { value: 21 });
  assert.equal((await publish(barn)).status, 200);
  assert.equal((await publish(well)).status, 404);
  assert.equal((await ask('GET', '/iot/v2/devices')).status, 403);

  // Taken away while the page is open: it starts anew, and has what is left.
  const { json: { people } } = await owner('GET', '/api/v1/people');
  const { user_id: id } = people.find(({ email }) => email === 'guest@example.org');
  assert.equal((await owner('PUT', `/api/v1/people/${id}/things`, { things: [{ thing_id: well.id, right: 'operate' }] })).status, 204);
  await page.getByRole('link', { name: 'Well' }).first().waitFor();
  assert.equal(await page.getByText('Barn', { exact: true }).count(), 0);
});

test('a person invites, views as, hands over and works elsewhere in the console', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  const setup = new URL(fs.readFileSync(path.join(instance.directory, 'setup-link'), 'utf8').trim());
  await page.goto(`${instance.url}${setup.pathname}${setup.hash}`);
  await page.getByLabel('Your e-mail').fill('owner@example.org');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Name of your place').fill('Greenhouse');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('link', { name: 'People' }).first().click();

  await page.getByRole('button', { name: 'Invite', exact: true }).click();
  const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
  await dialog.getByLabel('Their e-mail').fill('second@example.org');
  await dialog.getByRole('radio', { name: /^Member/ }).check();
  await dialog.getByRole('button', { name: 'Invite', exact: true }).click();
  const shown = page.getByRole('dialog', { name: 'Invitation for second@example.org' });
  const link = new URL((await shown.getByText(/invitation#/).textContent()).trim());
  await shown.getByRole('button', { name: 'I have passed it on' }).click();
  await page.getByRole('cell', { name: 'Member' }).first().waitFor();

  const theirs = await openPage(await openBrowser(t, instance));
  await theirs.goto(`${instance.url}${link.pathname}${link.hash}`);
  await theirs.getByRole('heading', { name: 'Come in to Greenhouse' }).waitFor();
  await theirs.getByLabel('Password', { exact: true }).fill(other);
  await theirs.getByRole('button', { name: 'Make the account and come in' }).click();
  await theirs.getByRole('link', { name: 'Devices' }).first().waitFor();
  assert.equal(await theirs.getByRole('link', { name: 'Audit' }).count(), 0, 'what is not theirs is not shown');

  await page.reload();
  await page.getByRole('button', { name: 'View as Viewer' }).click();
  await page.getByText('You see Greenhouse as a viewer does, and change nothing.').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Add a device' }).count(), 0);
  await page.getByRole('button', { name: 'Back to your own view' }).click();
  await page.getByRole('link', { name: 'Add a device' }).first().waitFor();

  await page.goto(`${instance.url}/people`);
  await page.getByRole('button', { name: 'More about second@example.org' }).click();
  await page.getByRole('menuitem', { name: 'Hand Greenhouse over…' }).click();
  const sure = page.getByRole('dialog', { name: 'Hand Greenhouse over to second@example.org?' });
  await sure.getByLabel('Type Greenhouse to confirm').fill('Greenhouse');
  await sure.getByRole('button', { name: 'Hand it over' }).click();
  await page.getByText('Personal', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Work in Personal' }).click();
  await page.getByText('Personal', { exact: true }).first().waitFor();

  // Their open page finds out by itself that they own it now.
  await theirs.goto(`${instance.url}/people`);
  await theirs.getByRole('cell', { name: 'Owner', exact: true }).waitFor();
});
