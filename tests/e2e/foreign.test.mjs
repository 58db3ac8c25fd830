// Every operation of api/openapi.yaml, asked by a person of one organisation about the objects of another: with bodies that are
// right, and with bodies made by chance. Nothing is told, and nothing changes.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { random } from './support/random.mjs';
import { signIn } from './support/sign_in.mjs';
import { waitFor } from './support/wait.mjs';

const rounds = 12;
const description = fs.readFileSync(path.join(import.meta.dirname, '../../api/openapi.yaml'), 'utf8');

// What is about the caller alone, and would end the session that asks.
const ofTheCaller = ['/api/v1/session', '/api/v1/setup', '/api/v1/account'];

/** [{method, path}] of what is served to the world. */
function operations() {
  const found = [];
  let at = '';
  for (const line of description.split('\n')) {
    at = /^ {2}(\/\S*):$/.exec(line)?.[1] ?? at;
    const method = /^ {4}(get|put|post|patch|delete):/.exec(line)?.[1];
    if (method && !at.startsWith('/admin/') && !ofTheCaller.some((each) => at.startsWith(each))) found.push({ method: method.toUpperCase(), path: at });
  }
  return found;
}

/** Every name of a field that some body or query has. */
function fieldNames() {
  return [...new Set([...description.matchAll(/^ {8}([a-z_]+): \{/gm), ...description.matchAll(/\{name: ([a-z_]+), in: query/g)].map(([, name]) => name))];
}

const secrets = ['orchid-device', 'orchid-thing', 'orchid_value', 'orchid-label', 'orchid-key', 'orchid-tag', 'orchid garden'];

/** An organisation with one of everything, each named so that it would be found in an answer. */
async function makeGarden(instance) {
  const key = await instance.init({ organisation: 'orchid garden', email: 'orchid@example.org' });
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'orchid-device' });
  await api('PUT', `/iot/v2/devices/${board.id}/tags`, { key: 'orchid-tag', value: 'x' });
  const thing = await api('PUT', '/iot/v2/things', { name: 'orchid-thing', device_id: board.id });
  const property = await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'orchid_value', type: 'FLOAT', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE' });
  await api('PUT', `/iot/v2/things/${thing.id}/properties/${property.id}/publish`, { value: 12345.5 });
  const { claim_codes: [code] } = await api('POST', '/api/v1/claim-codes', { label: 'orchid-label' });
  return { key, api, ids: { device_id: board.id, thing_id: thing.id, property_id: property.id, claim_code_id: code.id, claim_id: randomUUID(), api_key_id: key.client_id }, board };
}

/** What the owner sees of it, but for what passes by itself. */
async function picture(garden) {
  const { api, ids } = garden;
  const parts = await Promise.all([
    api('GET', '/iot/v2/devices'), api('GET', `/api/v1/devices/${ids.device_id}/certificates`), api('GET', '/iot/v2/things'),
    api('GET', `/iot/v2/things/${ids.thing_id}/properties`), api('GET', '/api/v1/claim-codes'), api('GET', '/api/v1/claims'),
  ]);
  return JSON.stringify(parts, (name, value) => (/(last_|updated|activity|seen|status|connected)/.test(name) ? undefined : value));
}

test('no operation tells or changes anything of another organisation, whatever it is sent', async (t) => {
  const instance = await Instance.start(t);
  const garden = await makeGarden(instance);
  const thief = await instance.init({ organisation: 'Elsewhere', email: 'thief@example.org' });
  const ask = await signIn(instance, thief.setup_token);
  const before = await picture(garden);
  const session = await connect(instance, garden.board);
  let ended = false;
  session.on('close', () => (ended = true));

  const seed = Number(process.env.FASTNESS_TEST_SEED ?? Date.now() & 0x7fffffff);
  t.diagnostic(`seed ${seed}`);
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const names = fieldNames();
  assert.ok(names.length > 50, 'the description has fields');
  const value = (depth = 0) => {
    const kinds = [
      () => pick(Object.values(garden.ids)), () => pick(Object.values(garden.ids)), () => garden.key.organisation_id, () => randomUUID(), () => 'x', () => '', () => 1,
      () => -1, () => 1e300, () => true, () => null, () => '2026-11-30T00:00:00Z', () => ['x'], () => [pick(Object.values(garden.ids))], () => (depth < 2 ? body(depth + 1) : {}),
    ];
    return pick(kinds)();
  };
  const body = (depth = 0) => Object.fromEntries(Array.from({ length: 1 + Math.floor(next() * 5) }, () => [pick(names), value(depth)]));
  const right = {
    'POST /api/v1/devices/{device_id}/enrol': { csr: 'x' }, 'POST /api/v1/things': { name: 'n', device_id: garden.ids.device_id },
    'PATCH /api/v1/devices/{device_id}': { name: 'mine now' }, 'PATCH /api/v1/things/{thing_id}': { name: 'mine now', device_id: garden.ids.device_id },
    'PUT /api/v1/things/{thing_id}/properties/{property_id}/value': { value: 1 }, 'PATCH /api/v1/things/{thing_id}/properties/{property_id}': { name: 'mine' },
  };

  const all = operations();
  assert.ok(all.length > 50, 'the description has operations');
  const served = new Set();
  for (let round = 0; round < rounds; ++round) {
    for (const each of all) {
      const isForeign = each.path.includes('{') && !/\{(number|request)\}/.test(each.path);
      const target = each.path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(garden.ids[name] ?? (name === 'number' ? '1' : 'x')));
      const query = next() < 0.5 ? '' : `?${new URLSearchParams({ [pick(names)]: String(value(2)) })}`;
      const sent = each.method === 'GET' || each.method === 'DELETE' ? undefined : ((round === 0 && right[`${each.method} ${each.path}`]) || body());
      const answer = await ask(each.method, target + query, sent);
      const told = `seed ${seed}, round ${round}: ${each.method} ${target}${query} ${JSON.stringify(sent)}: ${answer.status} ${answer.text.slice(0, 300)}`;
      assert.ok(answer.status < 500 || answer.status === 503, told);
      assert.notEqual(answer.status, 401, told);
      if (isForeign) assert.ok(answer.status >= 400, told);
      for (const secret of secrets) assert.ok(!answer.text.includes(secret), told);
      if (answer.status < 300) served.add(`${each.method} ${each.path}`);
    }
  }
  assert.ok(served.has('GET /api/v1/devices') && served.has('GET /api/v1/audit'), 'the caller is served, so it is not refused for another reason');
  assert.equal(await picture(garden), before);
  assert.equal(ended, false, "the garden's board stayed connected");
  session.end(true);
  await waitFor('its end', () => ended);
});
