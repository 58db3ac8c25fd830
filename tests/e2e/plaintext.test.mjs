// MQTT without TLS: on loopback, for one organisation, with one key's rights, and nowhere else.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { bin, Instance } from './support/instance.mjs';
import { request } from './support/api.mjs';
import { signIn } from './support/sign_in.mjs';
import { waitFor } from './support/wait.mjs';

/** A client of the plaintext listener that was let in. */
function connect(instance, options = {}) {
  return mqtt.connectAsync(`mqtt://127.0.0.1:${instance.port('mqtt_plain')}`, { reconnectPeriod: 0, ...options });
}

/** An instance with two organisations and a plaintext listener that is configured by `choose`. */
async function startWith(test, choose) {
  const first = await Instance.start(test);
  const one = await first.init({ organisation: 'One', email: 'one@example.org' });
  const two = await first.init({ organisation: 'Two', email: 'two@example.org' });
  await first.stop();
  const chosen = choose({ one, two });
  const instance = new Instance({
    directory: first.directory,
    settings: {
      'listen.mqtt_plain': '["127.0.0.1:0"]',
      'listen.mqtt_plain_organisation': chosen.organisation,
      'listen.mqtt_plain_api_key': chosen.key,
    },
  });
  test.after(() => instance.destroy());
  await instance.start();
  return { instance, one, two };
}

/** What `--check-config` says of these settings. */
function checkConfig(settings) {
  const options = settings.flatMap((each) => ['--set', each]);
  return new Promise((resolve) => {
    execFile(path.join(bin, 'fastnessd'), ['--check-config', ...options], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, text: stdout + stderr }));
  });
}

test('a test suite speaks MQTT without TLS, until its key is revoked', async (t) => {
  const { instance, one } = await startWith(t, ({ one }) => ({ organisation: one.organisation_id, key: one.client_id }));
  assert.match(instance.log, /event=plaintext_listener /);
  const listener = await connect(instance);
  const heard = [];
  listener.on('message', (topic, payload) => heard.push(`${topic}=${payload}`));
  await listener.subscribeAsync('suite/#', { qos: 1 });
  const speaker = await connect(instance, { protocolVersion: 5 });
  await speaker.publishAsync('suite/result', 'good', { qos: 1 });
  await waitFor('the message', () => heard.length > 0);
  assert.deepEqual(heard, ['suite/result=good']);

  const inSession = await signIn(instance, one.setup_token);
  await waitFor('the use of the key', async () => {
    const { json } = await inSession('GET', '/api/v1/api-keys');
    return json.api_keys.find(({ id }) => id === one.client_id)?.last_used_at;
  });

  const closed = new Promise((resolve) => listener.once('close', resolve));
  const token = await request(instance, 'POST', '/iot/v1/clients/token', {
    body: { grant_type: 'client_credentials', client_id: one.client_id, client_secret: one.client_secret } });
  const revoked = await request(instance, 'DELETE', `/api/v1/api-keys/${one.client_id}`, { token: token.json.access_token });
  assert.equal(revoked.status, 204);
  await closed;
  await assert.rejects(connect(instance), /Not authorized/i);
});

test('the key of another organisation lets nobody in', async (t) => {
  const { instance } = await startWith(t, ({ one, two }) => ({ organisation: one.organisation_id, key: two.client_id }));
  assert.match(instance.log, /event=plaintext_listener_admits_nobody .*another organisation/);
  await assert.rejects(connect(instance), /Not authorized/i);
});

test('a key that never was lets nobody in', async (t) => {
  const { instance } = await startWith(t, ({ one }) => ({ organisation: one.organisation_id, key: 'guessed' }));
  assert.match(instance.log, /event=plaintext_listener_admits_nobody .*no live API key/);
  await assert.rejects(connect(instance), /Not authorized/i);
});

test('whoever offers a password is told that it was not safe there', async (t) => {
  const { instance } = await startWith(t, ({ one }) => ({ organisation: one.organisation_id, key: one.client_id }));
  await assert.rejects(connect(instance, { username: 'me', password: 'secret' }), /Not authorized/i);
  await waitFor('the log', () => instance.log.includes('why=credential_on_plaintext_listener'));
});

test('no other address, and nothing without an organisation and a key', async () => {
  const whose = [
    'listen.mqtt_plain_organisation=11111111-2222-4333-8444-555555555555', 'listen.mqtt_plain_api_key=k'];
  for (const address of ['0.0.0.0:1883', '[::]:1883', '192.168.1.2:1883', '[fe80::1]:1883', '[::ffff:10.0.0.1]:1883']) {
    const { code, text } = await checkConfig([`listen.mqtt_plain=["${address}"]`, ...whose]);
    assert.equal(code, 2, text);
    assert.match(text, /listen\.mqtt_plain is without TLS and may only name loopback addresses/);
  }
  for (const missing of [[], whose.slice(0, 1), whose.slice(1)]) {
    const { code, text } = await checkConfig(['listen.mqtt_plain=["127.0.0.1:1883"]', ...missing]);
    assert.equal(code, 2, text);
    assert.match(text, /must say for whom, and with whose rights/);
  }
  const { code, text } = await checkConfig(['listen.mqtt_plain=["127.0.0.1:1883"]', ...whose]);
  assert.equal(code, 0, text);
});
