// The host's owner keeps somebody out of their account: whatever they hold is worth nothing at once, their board goes on, it
// outlives a restart and a restored backup, and all is as before once it is over. Real processes, a real browser.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import mqtt from 'mqtt';
import WebSocket from 'ws';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { openBrowser, openPage } from './support/browser.mjs';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const email = 'owner@example.org';
const password = 'a long enough passphrase for tests';
const passphrase = 'five-unrelated-words-Kd72mPq9';

const signIn = (instance, shown) => request(instance, 'POST', '/api/v1/session', { body: { email, password, ...shown } });

/** A program's MQTT session with that token, over `url`; resolves to it, or rejects. */
async function program(t, instance, token, url) {
  const user = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())['http://arduino.cc/id'];
  const session = mqtt.connect(url, { ca: instance.anchors, username: user, password: token, clientId: user, protocolVersion: 4, reconnectPeriod: 0 });
  t.after(() => session.end(true));
  session.on('error', () => {});
  const came = await Promise.race([once(session, 'connect').then(() => true), once(session, 'close').then(() => false)]);
  if (!came) throw new Error('refused');
  return session;
}

async function watch(t, instance, token) {
  const socket = new WebSocket(`wss://localhost:${instance.port('https')}/api/v1/live`, { ca: instance.anchors, headers: { authorization: `Bearer ${token}` } });
  t.after(() => socket.terminate());
  await once(socket, 'open');
  return socket;
}

test('a suspended account is shut at once to all that its person holds, and is as before once it is resumed', async (t) => {
  const safe = safePlace(t);
  const instance = await Instance.start(t, { settings: { 'listen.http': '["127.0.0.1:0"]' } });
  const act = (...words) => hostSucceeds(['account', ...words, '--data-dir', instance.directory]);
  const key = await instance.init();
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'b' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: board.id });
  const property = await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'p', type: 'INT', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE' });
  const device = await connect(instance, board);
  t.after(() => device.end(true));
  const publish = (value) => device.publishAsync(`/a/t/${thing.id}/e/o`, senml({ p: value }), { qos: 1 });

  const page = await openPage(await openBrowser(t, instance));
  const console_ = `http://localhost:${instance.port('http')}`;
  await page.goto(`${console_}/setup#${key.setup_token}`);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('link', { name: 'Devices' }).first().waitFor();

  const token = await accessToken(instance, key);
  const urls = () => [`mqtts://localhost:${instance.port('mqtts')}`, `wss://localhost:${instance.port('https')}/mqtt`];
  const overTls = await program(t, instance, token, urls()[0]);
  const live = await watch(t, instance, token);
  const cut = [once(overTls, 'close'), once(live, 'close')];

  const { stdout } = await act('suspend', email, '--reason', 'Their laptop was stolen');
  const begun = performance.now();
  await Promise.all(cut);
  assert.ok(performance.now() - begun < 1000, 'what lives by its keys is cut');
  assert.match(stdout, /Suspended\. 1 session ended; 1 API key opens nothing until/);
  assert.match(stdout, /Greenhouse: nobody else is in it/);

  // The page that was open says what happened, and signing in says why.
  await page.getByText('Your session ended.').waitFor();
  assert.equal(new URL(page.url()).pathname, '/sign-in');
  const attempt = async (what) => {
    await page.getByLabel('E-mail').fill(email);
    await page.getByLabel('Password', { exact: true }).fill(what);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  await attempt('not the password at all');
  await page.getByText('do not go together').waitFor();
  assert.equal(await page.getByText('suspended').count(), 0);
  await attempt(password);
  await page.getByText('This account is suspended.').waitFor();

  const shut = async (where) => {
    const right = await signIn(where);
    assert.equal(right.status, 403, right.text);
    assert.equal(right.json.error.code, 'account_suspended');
    assert.equal(right.headers['set-cookie'], undefined);
    const wrong = await signIn(where, { password: 'not the password at all' });
    const nobody = await signIn(where, { email: 'nobody@example.org', password: 'not the password at all' });
    assert.equal(wrong.status, 401);
    assert.equal(wrong.text, nobody.text);
    await assert.rejects(accessToken(where, key), /401/);
  };
  await shut(instance);
  await assert.rejects(api('GET', '/iot/v2/things'), /401/);
  for (const url of urls()) await assert.rejects(program(t, instance, token, url), /refused/);
  await assert.rejects(watch(t, instance, token), /401/);
  await publish(17);
  const listed = (await act('list')).stdout;
  assert.match(listed, /owner@example\.org, since .*, last signed in .*, 0 sessions\n {2}suspended since .*: Their laptop was stolen/);
  const again = await host(['account', 'suspend', '--data-dir', instance.directory, email, '--reason', 'again']);
  assert.notEqual(again.status, 0);
  assert.match(again.stderr, /suspended already/);
  const typo = await host(['account', 'suspend', '--data-dir', instance.directory, 'ownr@example.org', '--reason', 'again']);
  assert.notEqual(typo.status, 0);
  assert.match(typo.stderr, /Nobody has this address/);

  // A power cut and a host that is made of a backup open nothing.
  const [kit, backup, directory] = ['host.kit', 'host.backup', 'new-host'].map(safe);
  await instance.kill();
  await hostSucceeds(['kit', 'create', '--data-dir', instance.directory, kit], { secret: passphrase });
  await instance.start();
  await shut(instance);
  await hostSucceeds(['backup', 'create', '--data-dir', instance.directory, backup]);
  await hostSucceeds(['restore', '--kit', kit, '--backup', backup, directory], { secret: passphrase });
  const restored = await Instance.start(t, { directory });
  await shut(restored);
  await restored.stop();

  await act('resume', email);
  const after = await client(instance, key);
  const value = async () => (await after('GET', `/iot/v2/things/${thing.id}/properties/${property.id}`)).last_value;
  await waitFor('what the board said meanwhile', async () => (await value()) === 17);
  await program(t, instance, await accessToken(instance, key), urls()[1]);
  assert.equal((await signIn(instance)).status, 201);
  const { stdout: ended } = await act('end-sessions', email);
  assert.match(ended, /^1 session ended\.\n$/);
  const { entries } = await after('GET', '/api/v1/audit');
  for (const action of ['host.suspend_account', 'host.resume_account', 'host.end_sessions']) {
    assert.ok(entries.some((entry) => entry.action === action && entry.actor === 'host'), `${action} is in the trail`);
  }
});
