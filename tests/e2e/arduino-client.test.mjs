// The real npm package @arduino/arduino-iot-client runs its main job against us.
import assert from 'node:assert/strict';
import https from 'node:https';
import { test } from 'node:test';
import IotApi from '@arduino/arduino-iot-client';
import { accessToken } from './support/api.mjs';
import { connect, enrol, fromSenml, senml } from './support/board.mjs';
import { client as plain } from './support/api.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

test('devices, things, properties, publishing and history through the official client', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = new IotApi.ApiClient(instance.url);
  api.requestAgent = new https.Agent({ ca: instance.anchors });
  api.authentications.oauth2.accessToken = await accessToken(instance, key);
  const devices = new IotApi.DevicesV2Api(api);
  const things = new IotApi.ThingsV2Api(api);
  const properties = new IotApi.PropertiesV2Api(api);
  const series = new IotApi.SeriesV2Api(api);

  const device = await devices.devicesV2Create({ name: 'from the client', type: 'mkrwifi1010' });
  const thing = await things.thingsV2Create({ name: 'Garden', device_id: device.id });
  assert.deepEqual((await devices.devicesV2List()).map((each) => each.id), [device.id]);
  assert.equal((await devices.devicesV2Show(device.id)).thing.id, thing.id);

  const soil = await properties.propertiesV2Create(thing.id, {
    name: 'soil', type: 'PERCENTAGE', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE', min_value: 0, max_value: 100,
  });
  await properties.propertiesV2Publish(thing.id, soil.id, { value: 41.5 });
  await waitFor('the value', async () => (await properties.propertiesV2Show(thing.id, soil.id)).last_value === 41.5);

  const data = await waitFor('its history', async () => {
    const answer = await properties.propertiesV2Timeseries(thing.id, soil.id, { interval: 60 });
    return answer.data.length > 0 && answer.data;
  });
  assert.equal(data[0].value, 41.5);
  const raw = await series.seriesV2BatchQueryRaw({
    resp_version: 1, requests: [{ q: `property.${soil.id}`, from: new Date(Date.now() - 3600_000), to: new Date(Date.now() + 60_000), series_limit: 10 }],
  });
  assert.deepEqual(raw.responses[0].values, [41.5]);

  await properties.propertiesV2Delete(thing.id, soil.id);
  await things.thingsV2Delete(thing.id, { force: true });
  await devices.devicesV2Delete(device.id);
  await assert.rejects(things.thingsV2Show(thing.id), { status: 404 });
});

test('a value that the board publishes is what the client reads', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const rest = await plain(instance, key);
  const board = await enrol(instance, rest, { name: 'b' });
  const thing = await rest('PUT', '/iot/v2/things', { name: 'T', device_id: board.id });
  const lamp = await rest('PUT', `/iot/v2/things/${thing.id}/properties`, {
    name: 'lamp', type: 'HOME_COLORED_LIGHT', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE',
  });
  const session = await connect(instance, board);
  t.after(() => session.end(true));
  await session.subscribeAsync(`/a/t/${thing.id}/e/i`);
  await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ lamp: { swi: true, hue: 30, sat: 80, bri: 60 } }), { qos: 1 });
  await waitFor('the lamp', async () => {
    const { last_value: value } = await rest('GET', `/iot/v2/things/${thing.id}/properties/${lamp.id}`);
    return value?.swi === true && value.hue === 30 && value.sat === 80 && value.bri === 60;
  });

  await rest('PUT', `/iot/v2/things/${thing.id}/properties/${lamp.id}/publish`, { value: { swi: false, hue: 1, sat: 2, bri: 3 } });
  const write = await session.next('the write', (m) => m.topic === `/a/t/${thing.id}/e/i`);
  assert.deepEqual(fromSenml(write.payload), { 'lamp:swi': false, 'lamp:hue': 1, 'lamp:sat': 2, 'lamp:bri': 3 });
});

test('the catalogues, a device’s secret key and its tags through the official client', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = new IotApi.ApiClient(instance.url);
  api.requestAgent = new https.Agent({ ca: instance.anchors });
  api.authentications.oauth2.accessToken = await accessToken(instance, key);

  const types = await new IotApi.PropertyTypesV1Api(api).propertyTypesV1ListTypes();
  assert.equal(types.length, 104);
  const device = await new IotApi.DevicesV2Api(api).devicesV2Create({ name: 'd', type: 'mkrwifi1010', connection_type: 'wifi' });
  const credentials = await new IotApi.NetworkCredentialsV1Api(api).networkCredentialsV1Show(device.id);
  assert.deepEqual(credentials.map((each) => each.secret_name), ['SECRET_SSID', 'SECRET_OPTIONAL_PASS']);

  const pass = new IotApi.DevicesV2PassApi(api);
  const { suggested_password: secret } = await pass.devicesV2PassGet(device.id, { suggestedPassword: true });
  assert.equal((await pass.devicesV2PassSet(device.id, { password: secret })).suggested_password, secret);
  await pass.devicesV2PassCheck(device.id, { password: secret });
  await assert.rejects(pass.devicesV2PassCheck(device.id, { password: 'another' }), { status: 400 });

  const tags = new IotApi.DevicesV2TagsApi(api);
  await tags.devicesV2TagsUpsert(device.id, { key: 'site', value: 'lab' });
  assert.deepEqual((await tags.devicesV2TagsList(device.id)).tags.map(({ key: name, value }) => [name, value]), [['site', 'lab']]);
  await tags.devicesV2TagsDelete(device.id, 'site');
  assert.deepEqual((await tags.devicesV2TagsList(device.id)).tags, []);
  await assert.rejects(new IotApi.SeriesV2Api(api).seriesV2HistoricData({ from: new Date(0), to: new Date(), properties: [] }), { status: 501 });
});
