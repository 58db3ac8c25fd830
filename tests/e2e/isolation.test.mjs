// Two organisations share one instance and never meet.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol, senml } from './support/board.mjs';
import { Instance } from './support/instance.mjs';

async function twoOrganisations(t) {
  const instance = await Instance.start(t);
  const mine = await instance.init({ organisation: 'Mine', email: 'me@example.org' });
  const theirs = await instance.init({ organisation: 'Theirs', email: 'them@example.org' });
  assert.notEqual(mine.organisation_id, theirs.organisation_id);
  return { instance, mine, theirs };
}

test('every object of another organisation is not found, on every route', async (t) => {
  const { instance, mine, theirs } = await twoOrganisations(t);
  const api = await client(instance, mine);
  const device = await api('PUT', '/iot/v2/devices', { name: 'd', type: 'login_and_secretkey_wifi' });
  const thing = await api('PUT', '/iot/v2/things', { name: 't', device_id: device.id });
  const property = await api('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'p', type: 'FLOAT', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE',
  });
  const token = await accessToken(instance, theirs);

  const d = `/iot/v2/devices/${device.id}`;
  const p = `/iot/v2/things/${thing.id}/properties/${property.id}`;
  const routes = [
    ['GET', d], ['POST', d, { name: 'mine now' }], ['DELETE', d], ['GET', `${d}/pass`], ['PUT', `${d}/pass`, { password: 'x'.repeat(40) }],
    ['DELETE', `${d}/pass`], ['GET', `${d}/certs`], ['PUT', `${d}/certs`, { csr: 'x', enabled: true }], ['GET', `${d}/status`],
    ['GET', `${d}/events`], ['GET', `${d}/properties`], ['GET', `${d}/tags`], ['PUT', `${d}/tags`, { key: 'a', value: 'b' }],
    ['GET', `/iot/v2/things/${thing.id}`], ['POST', `/iot/v2/things/${thing.id}`, { name: 'x' }], ['DELETE', `/iot/v2/things/${thing.id}`],
    ['GET', `/iot/v2/things/${thing.id}/properties`],
    ['PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'q', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE' }],
    ['GET', p], ['POST', p, { name: 'q', type: 'INT', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE' }], ['DELETE', p],
    ['PUT', `${p}/publish`, { value: 1 }], ['GET', `${p}/timeseries`],
    ['GET', `/api/v1/devices/${device.id}`], ['GET', `/api/v1/things/${thing.id}`],
    ['GET', `/api/v1/properties/${property.id}/history`],
  ];
  for (const [method, path, body] of routes) {
    const answer = await request(instance, method, path, { body, token });
    assert.equal(answer.status, 404, `${method} ${path}: ${answer.status} ${answer.text}`);
    const nobody = await request(instance, method, path, { body });
    assert.equal(nobody.status, 401, `${method} ${path} without a token: ${nobody.status}`);
  }
  const listed = await request(instance, 'GET', '/iot/v2/devices', { token });
  assert.deepEqual(listed.json, []);

  const elsewhere = await request(instance, 'GET', '/iot/v2/devices', { token, headers: { 'x-organization': mine.organisation_id } });
  assert.equal(elsewhere.status, 403);
  const nowhere = await request(instance, 'GET', `/iot/v2/devices/${randomUUID()}`, { token });
  assert.equal(nowhere.status, 404);
});

test('a board can neither hear nor speak where it does not belong', async (t) => {
  const { instance, mine, theirs } = await twoOrganisations(t);
  const [myApi, theirApi] = [await client(instance, mine), await client(instance, theirs)];
  const [myBoard, theirBoard] = [await enrol(instance, myApi, { name: 'm' }), await enrol(instance, theirApi, { name: 't' })];
  const myThing = await myApi('PUT', '/iot/v2/things', { name: 't', device_id: myBoard.id });
  const property = await myApi('PUT', `/iot/v2/things/${myThing.id}/properties`, {
    name: 'p', type: 'FLOAT', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE',
  });
  const intruder = await connect(instance, theirBoard);
  t.after(() => intruder.end(true));

  for (const topic of [
    `/a/t/${myThing.id}/e/i`, `/a/t/${myThing.id}/e/o`, `/a/d/${myBoard.id}/c/dw`, `/a/d/${myBoard.id}/e/i`, '/a/t/+/e/o', '/a/#', '$SYS/#',
    `/a/d/${theirBoard.id}/c/up`,
  ]) {
    const refused = await intruder.subscribeAsync(topic).then((granted) => granted[0]?.qos === 128, () => true);
    assert.ok(refused, `subscribed to ${topic}`);
  }
  for (const topic of [`/a/t/${myThing.id}/e/o`, `/a/t/${myThing.id}/e/i`, `/a/d/${myBoard.id}/c/up`]) {
    const sneaky = await connect(instance, theirBoard);
    const closed = once(sneaky, 'close');
    const answered = sneaky.publishAsync(topic, senml({ p: 666 }), { qos: 1 });
    await Promise.race([closed, answered.catch(() => closed)]);
    sneaky.end(true);
  }
  const { last_value: value } = await myApi('GET', `/iot/v2/things/${myThing.id}/properties/${property.id}`);
  assert.notEqual(value, 666);
});
