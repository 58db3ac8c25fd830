// The build with ModSecurity: attacks are refused before we look at them, what people and boards do is not, and nothing secret is
// logged. Not among the tests of ./test, whose build has no firewall: tools/full.py runs it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import mqtt from 'mqtt';
import WebSocket from 'ws';
import { accessToken, client, request } from '../support/api.mjs';
import { connect, enrol, senml } from '../support/board.mjs';
import { Instance } from '../support/instance.mjs';
import { signIn } from '../support/sign_in.mjs';

const rules = path.resolve(import.meta.dirname, '../../../packaging/waf/fastness.conf');
const markup = `<script>alert('1')</script> select * from users; -- $(id) ../../etc/passwd`;

test('an attack is refused with its number alone, and what our API is for passes', async (t) => {
  const instance = await Instance.start(t, { settings: { 'waf.rules_file': rules, 'waf.mode': 'refuse', 'log.level': 'debug' } });
  const key = await instance.init({ organisation: "Bob's place" });
  const api = await client(instance, key);
  const ask = await signIn(instance, key.setup_token);

  // What is legal: boards, their values, people's words.
  const board = await enrol(instance, api, { name: 'north; select one' });
  const thing = await api('PUT', '/iot/v2/things', { name: 'select one from users -- or 1', device_id: board.id });
  const property = await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'note', type: 'CHARSTRING', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE' });
  await api('PUT', `/iot/v2/things/${thing.id}/properties/${property.id}/publish`, { value: markup });
  const session = await connect(instance, board);
  await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ note: markup }), { qos: 1 });
  session.end(true);
  assert.equal((await api('GET', `/iot/v2/things/${thing.id}/properties`)).length, 1);
  const refusedSignIn = await request(instance, 'POST', '/api/v1/session', { body: { email: 'owner@example.org', password: "' or 1=1; drop table users; --" } });
  assert.equal(refusedSignIn.status, 401, refusedSignIn.text);
  assert.equal((await ask('GET', '/api/v1/things')).status, 200);
  assert.equal((await request(instance, 'GET', '/')).status, 200);
  assert.doesNotMatch(instance.log, /event=refused/);

  // What is not.
  const secret = 'plantedwhereitmustnotbe';
  const attack = await request(instance, 'POST', `/api/v1/session?next=${secret}%27%20or%201=1%20--%20`, {
    headers: { authorization: `Bearer ${secret}`, cookie: `a=${secret}' union select 1 from users--` },
    body: { email: `' or 1=1 -- ${secret}`, password: secret },
  });
  assert.equal(attack.status, 403);
  assert.equal(attack.json.error.code, 'request_refused');
  const id = attack.headers['x-request-id'];
  assert.match(attack.json.error.message, new RegExp(id));
  assert.doesNotMatch(attack.text, /942100|SQL/i, 'which rule it was, is not theirs to know');
  const line = instance.log.split('\n').find((each) => each.includes('event=refused'));
  assert.match(line, new RegExp(`id=${id}`));
  assert.match(line, /rules=[0-9,]*942100/);
  assert.ok(!instance.log.includes(secret));

  const traversal = await request(instance, 'GET', '/iot/v2/things/..%2f..%2f..%2fetc/passwd', { token: 'x' });
  assert.equal(traversal.status, 403);
  assert.match(traversal.headers['content-type'], /application\/vnd\.goa\.error\+json/);
  assert.equal(traversal.json.code, 'request_refused');
  const scanner = await request(instance, 'GET', '/', { headers: { 'user-agent': 'sqlmap/1.7.2' } });
  assert.equal(scanner.status, 403);

  const metrics = await request(instance, 'GET', '/metrics');
  assert.match(metrics.text, /fastness_waf_requests_total\{verdict="refused"\} 3\n/);
  const [, sum] = /fastness_waf_seconds_sum (\S+)/.exec(metrics.text);
  const [, count] = /fastness_waf_seconds_count (\S+)/.exec(metrics.text);
  t.diagnostic(`${Math.round((sum / count) * 1e6)} µs for each of ${count} requests`);
});

test('signs in names, passwords and values are nobody’s attack, nor are sockets and downloads', async (t) => {
  const instance = await Instance.start(t, { settings: { 'waf.rules_file': rules, 'waf.mode': 'refuse' } });
  const signs = `Bob's <b>"north"</b>; -- ' or '1'='1`;
  const password = `${signs} ${markup} ${'&<%00>{"\\'.repeat(40)}`;
  const key = await instance.init({ organisation: signs });
  const email = "o'brien+iot@example.org";
  const setUp = await request(instance, 'POST', '/api/v1/setup', { body: { token: key.setup_token, email: 'owner@example.org', password, organisation: signs } });
  assert.equal(setUp.status, 201, setUp.text);
  const signedIn = await request(instance, 'POST', '/api/v1/session', { body: { email: 'owner@example.org', password } });
  assert.equal(signedIn.status, 201, signedIn.text);
  const cookie = signedIn.headers['set-cookie'][0].split(';')[0];
  const done = async (method, target, body) => {
    const answer = await request(instance, method, target, { body, headers: { cookie, 'x-fastness-csrf': signedIn.json.csrf, origin: instance.url } });
    assert.ok(answer.status < 300, `${method} ${target}: ${answer.status} ${answer.text}`);
    return answer;
  };

  await done('PUT', '/api/v1/organisation', { name: signs });
  await done('POST', '/api/v1/invitations', { email, role: 'member' });
  const { json: device } = await done('POST', '/api/v1/devices', { name: signs, type: 'mkrwifi1010', serial: signs, tags: { room: 'Bob@home' } });
  await done('POST', `/api/v1/devices/${device.id}/suspend`, { reason: markup });
  await done('GET', '/api/v1/devices?tag=room:Bob@home');
  const { json: thing } = await done('POST', '/api/v1/things', {
    name: 'drop table users --', timezone: 'America/Argentina/Buenos_Aires',
    properties: [{ name: signs, variable_name: 'note', type: 'CHARSTRING', permission: 'read_write' }],
  });
  const api = await client(instance, key);
  await api('PUT', `/iot/v2/things/${thing.id}/publish`, { properties: [{ property: signs, value: markup }] });
  const [property] = await api('GET', `/iot/v2/things/${thing.id}/properties`);
  await api('PUT', `/iot/v2/things/${thing.id}/properties/${property.id}/publish_batch`, [{ timestamp: new Date().toISOString(), value: `${markup}; second` }]);
  const csv = await done('GET', `/api/v1/properties/${property.id}/history.csv?from=2026-01-01T00:00:00.000Z`);
  assert.match(csv.text, /select \* from users/);

  const token = await accessToken(instance, key);
  const user = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())['http://arduino.cc/id'];
  const session = mqtt.connect(`wss://localhost:${instance.port('https')}/mqtt`, { ca: instance.anchors, username: user, password: token, clientId: user, protocolVersion: 4, reconnectPeriod: 0 });
  t.after(() => session.end(true));
  await once(session, 'connect');
  const live = new WebSocket(`wss://localhost:${instance.port('https')}/api/v1/live`, { ca: instance.anchors, headers: { cookie, origin: instance.url } });
  t.after(() => live.terminate());
  await once(live, 'open');
  assert.doesNotMatch(instance.log, /event=refused/);
});

test('detecting, it tells and refuses nothing', async (t) => {
  const instance = await Instance.start(t, { settings: { 'waf.rules_file': rules, 'waf.mode': 'detect' } });

  const answer = await request(instance, 'GET', "/healthz?id=1%27%20OR%20%271%27=%271");

  assert.equal(answer.status, 200);
  assert.match(instance.log, /event=noticed .*rules=[0-9,]*942100/);
});

test('a broken file of rules ends the start, with the line', async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-rules-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'own.conf');
  fs.writeFileSync(file, 'SecRuleEngine On\n\nSecNoSuchThing On\n');
  const instance = new Instance({ settings: { 'waf.rules_file': file } });
  t.after(() => instance.destroy());

  await assert.rejects(instance.start(), (error) => {
    assert.match(error.message, /waf\.rules_file/);
    assert.ok(error.message.includes(file), error.message);
    assert.match(error.message, /Line: 3/);
    return true;
  });
});
