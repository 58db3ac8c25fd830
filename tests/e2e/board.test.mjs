// A board enrols, connects over mutual TLS, and its owner sees and controls it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import mqtt from 'mqtt';
import { client } from './support/api.mjs';
import { command, commands, connect, enrol, fromCommand, fromSenml, senml } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

/** A thing with a temperature that the board writes and a pump that both write. */
export async function greenhouse(api, device) {
  const thing = await api('PUT', '/iot/v2/things', { name: 'Greenhouse', device_id: device, timezone: 'Europe/Rome' });
  const property = (name, type, permission) =>
    api('PUT', `/iot/v2/things/${thing.id}/properties`, { name, type, permission, update_strategy: 'ON_CHANGE' });
  return {
    id: thing.id,
    temperature: await property('temperature', 'TEMPERATURE', 'READ_ONLY'),
    pump: await property('pump', 'STATUS', 'READ_WRITE'),
  };
}

test('a board of today finds its thing, publishes, is written to and confirms', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'gh-north-1' });
  const thing = await greenhouse(api, board.id);

  const session = await connect(instance, board, { clean: true, keepalive: 30 });
  t.after(() => session.end(true));
  const [up, down] = [`/a/d/${board.id}/c/up`, `/a/d/${board.id}/c/dw`];
  await session.subscribeAsync(down);
  await session.publishAsync(up, command(commands.deviceBegin, ['2.9.0']));
  await session.publishAsync(up, command(commands.thingBegin, ['']));
  const update = await session.next('ThingUpdate', (m) => m.topic === down);
  assert.deepEqual(fromCommand(update.payload), { tag: commands.thingUpdate, fields: [thing.id] });

  await session.subscribeAsync(`/a/t/${thing.id}/e/i`);
  await session.publishAsync(up, command(commands.lastValuesBegin, []));
  const last = await session.next('LastValuesUpdate', (m) => m.topic === down && fromCommand(m.payload).tag === commands.lastValuesUpdate);
  const values = fromSenml(fromCommand(last.payload).fields[0]);
  const offset = new Intl.DateTimeFormat('en', { timeZone: 'Europe/Rome', timeZoneName: 'longOffset' });
  const hours = Number(/GMT\+(\d+)/.exec(offset.format(new Date()))[1]);
  assert.equal(values.tz_offset, hours * 3600);
  assert.ok(values.tz_dst_until > Date.now() / 1000 && values.tz_dst_until < 2 ** 32);

  await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ temperature: 21.5, pump: false, tz_offset: 0, tz_dst_until: 0 }), { qos: 1 });
  const shown = await waitFor('the temperature', async () => {
    const property = await api('GET', `/iot/v2/things/${thing.id}/properties/${thing.temperature.id}`);
    return property.last_value === 21.5 && property;
  });
  assert.ok(Date.now() - Date.parse(shown.value_updated_at) < 60_000);
  await waitFor('the board to be heard', async () => {
    const { last_activity_at: heard } = await api('GET', `/iot/v2/devices/${board.id}`);
    return Date.parse(heard) >= Date.parse(shown.value_updated_at);
  });

  await api('PUT', `/iot/v2/things/${thing.id}/properties/${thing.pump.id}/publish`, { value: true });
  const write = await session.next('the write', (m) => m.topic === `/a/t/${thing.id}/e/i` && 'pump' in fromSenml(m.payload));
  assert.equal(fromSenml(write.payload).pump, true);
  await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ pump: true }), { qos: 1 });
  await waitFor('the echo', async () =>
    (await api('GET', `/iot/v2/things/${thing.id}/properties/${thing.pump.id}`)).last_value === true);

  const device = await api('GET', `/iot/v2/devices/${board.id}`);
  assert.equal(device.device_status, 'ONLINE');
  assert.equal(device.lib_version, '2.9.0');

  await session.endAsync();
  await waitFor('the end to be seen', async () =>
    (await api('GET', `/iot/v2/devices/${board.id}`)).device_status === 'OFFLINE');
});

test('a device with a secret key connects on 8884 and is told its thing when it subscribes', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const device = await api('PUT', '/iot/v2/devices', { name: 'esp', type: 'login_and_secretkey_wifi' });
  const { suggested_password: suggested } = await api('GET', `/iot/v2/devices/${device.id}/pass?suggested_password=true`);
  const { suggested_password: secret } = await api('PUT', `/iot/v2/devices/${device.id}/pass`, { password: suggested });
  assert.equal(secret, suggested);
  const thing = await greenhouse(api, device.id);

  const login = (password) => {
    const session = mqtt.connect({
      host: 'localhost', port: instance.port('mqtts_secret'), protocol: 'mqtts', ca: instance.anchors, clientId: device.id,
      username: device.id, password, protocolVersion: 4, reconnectPeriod: 0,
    });
    t.after(() => session.end(true));
    return new Promise((resolve, reject) => session.once('connect', () => resolve(session)).once('error', reject));
  };
  await assert.rejects(login('not the secret of this device'), /Not authorized|Bad username/i);

  const session = await login(secret);
  const announced = new Promise((resolve) => session.once('message', (topic, payload) => resolve({ topic, payload })));
  await session.subscribeAsync(`/a/d/${device.id}/e/i`, { qos: 1 });
  const { topic, payload } = await announced;
  assert.equal(topic, `/a/d/${device.id}/e/i`);
  assert.deepEqual(fromSenml(payload), { thing_id: thing.id });
});
