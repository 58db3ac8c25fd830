// Production is copied into staging: its structure comes along, and nothing that is anybody's. What was planted there is searched for
// in every file of the copy and in every answer, and each credential of the one is tried on the other.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol, keyAndRequest, senml } from './support/board.mjs';
import { host, hostSucceeds, safePlace } from './support/host.mjs';
import { Instance } from './support/instance.mjs';
import { assertNowhere } from './support/search.mjs';

const passphrase = 'five-unrelated-words-Kd72mPq9';
const staging = { 'instance.environment': 'staging' };
const email = 'planted.person.z4w@example.org';
const names = {
  organisation: 'Planted Organisation Z4W', device: 'planted-device-name-z4w', thing: 'planted-thing-name-z4w',
  tag: 'planted-tag-of-a-thing-z4w', property: 'plantedPropertyZ4w', reading: 'planted-reading-z4w',
  label: 'planted-label-of-a-code-z4w',
};
const secret = 'Planted-Secret-Of-A-Device-z4wPq9';

/** A request of a new key's, as a board sends it. */
function requestFor(directory) {
  const { key } = keyAndRequest(directory, 'stranger');
  return execFileSync('openssl', ['req', '-new', '-sha256', '-key', key, '-subj', '/CN=shed-1', '-outform', 'DER'], { stdio: 'pipe' }).toString('base64');
}

/** An instance in production with people, devices and secrets; stopped, with a kit and a backup of it. */
async function production(t) {
  const safe = safePlace(t);
  const instance = await Instance.start(t, {});
  const key = await instance.init({ organisation: names.organisation, email });
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: names.device });
  const thing = await api('PUT', '/iot/v2/things', { name: names.thing, device_id: board.id });
  await api('PUT', `/iot/v2/things/${thing.id}/tags`, { key: 'place', value: names.tag });
  await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: names.property, type: 'CHARSTRING', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE' });
  const other = await api('PUT', '/iot/v2/devices', { name: 'e', type: 'login_and_secretkey_wifi' });
  await api('PUT', `/iot/v2/devices/${other.id}/pass`, { password: secret });
  const session = await connect(instance, board);
  await session.publishAsync(`/a/t/${thing.id}/e/o`, senml({ [names.property]: names.reading }), { qos: 1 });
  session.end(true);
  const codes = await api('POST', '/api/v1/claim-codes', { approval: 'none', label: names.label });
  const here = ['--data-dir', instance.directory];
  const link = JSON.parse((await hostSucceeds(['setup-link', ...here, '--email', email, '--json'])).stdout);
  const token = await accessToken(instance, key);
  const roots = instance.anchors;
  const [kit, backup] = [safe('fastness.kit'), safe('one.backup')];
  await hostSucceeds(['backup', 'create', ...here, backup]);
  await instance.stop();
  await hostSucceeds(['kit', 'create', ...here, kit], { secret: passphrase });
  const restore = (directory, ...more) => host(['restore', ...more, '--kit', kit, '--backup', backup, directory], { secret: passphrase });
  return { safe, instance, key, board, thing, other, link, token, roots, code: codes.claim_codes[0].code, kit, backup, restore };
}

const form = (key) => ({
  body: new URLSearchParams({ grant_type: 'client_credentials', client_id: key.client_id, client_secret: key.client_secret }).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
/** `board` has files of a key, which are not shown. */
const bySecret = (instance, { other: device, board }) => connect(instance, board, {
  port: instance.port('mqtts_secret'), key: undefined, cert: undefined, username: device.id, password: secret, clientId: device.id,
});

test('a copy has the structure of production and nothing that is anybody\'s', { timeout: 240_000 }, async (t) => {
  const made = await production(t);
  const directory = made.safe('staging');
  const restored = await made.restore(directory, '--scrub', '--set', 'instance.environment=staging');
  assert.equal(restored.status, 0, restored.stderr);
  assert.match(restored.stdout, /Copied without names, secrets and readings: 1 organisations, 1 people, 2 devices, 1 things\./);
  assert.match(restored.stdout, /setup-link --email user-1@example\.invalid/);
  const planted = {
    email, ...names, secret, 'API key': made.key.client_secret, 'client id': made.key.client_id, link: made.link.token, code: made.code,
    'access token': made.token,
  };
  assert.deepEqual(fs.readdirSync(path.join(directory, 'hub')), ['control.db']);
  assertNowhere(directory, planted, 'before the first start');

  await assert.rejects(new Instance({ directory }).start(), /this is an instance for staging, not for production/);
  const copy = await Instance.start(t, { directory, settings: staging });
  assert.notDeepEqual(copy.anchors, made.roots, 'another root: nobody who trusts production trusts this');

  // Nothing of production works here.
  assert.equal((await request(copy, 'POST', '/iot/v1/clients/token', form(made.key))).status, 401);
  assert.equal((await request(copy, 'GET', '/iot/v2/things', { token: made.token })).status, 401);
  assert.equal((await request(copy, 'POST', '/api/v1/setup/link', { body: { token: made.link.token } })).status, 401);
  const claim = await request(copy, 'POST', '/.well-known/est/simpleenroll', {
    body: requestFor(directory), headers: { 'content-type': 'application/pkcs10', authorization: `Basic ${Buffer.from(`shed-1:${made.code}`).toString('base64')}` },
  });
  assert.equal(claim.status, 401);
  await assert.rejects(connect(copy, made.board), 'its certificate is of another authority');
  await assert.rejects(bySecret(copy, made), 'its secret is not known');
  assert.notEqual((await host(['setup-link', '--data-dir', directory, '--email', email])).status, 0, 'nobody has that address');

  // Whoever runs it comes in as one of those with a made-up address, and sees made-up names.
  const link = JSON.parse((await hostSucceeds(['setup-link', '--data-dir', directory, '--email', 'user-1@example.invalid', '--json'])).stdout);
  const set = await request(copy, 'POST', '/api/v1/setup', {
    body: { token: link.token, email: 'user-1@example.invalid', password: 'a long and lonely walk', organisation: 'Copy' },
    headers: { origin: copy.url, 'sec-fetch-site': 'same-origin' },
  });
  assert.equal(set.status, 201, set.text);
  const cookie = set.headers['set-cookie'][0].split(';')[0];
  const ask = async (url) => (await request(copy, 'GET', url, { headers: { cookie } })).text;
  const { things: [thing, ...others] } = JSON.parse(await ask('/api/v1/things'));
  assert.deepEqual([others.length, thing.id, thing.name, thing.tags], [0, made.thing.id, 'Thing 1', {}]);
  assert.deepEqual([thing.properties[0].name, thing.properties[0].value], ['Property 1', undefined], 'no reading');
  for (const url of ['/api/v1/things', '/api/v1/home', '/api/v1/audit', '/api/v1/checks', '/api/v1/claim-codes', '/api/v1/devices']) {
    const text = await ask(url);
    for (const [what, value] of Object.entries(planted)) assert.ok(!text.includes(value), `${what} in ${url}`);
  }
  const file = made.safe('export.json');
  await hostSucceeds(['user', 'export', '--data-dir', directory, 'user-1@example.invalid', file]);
  for (const [what, value] of Object.entries(planted)) assert.ok(!fs.readFileSync(file, 'utf8').includes(value), `${what} in the export`);

  // A device enrols anew, and its certificate is worth nothing in production.
  const own = await copy.init({ organisation: 'Second', email: 'second@example.org' });
  const board = await enrol(copy, await client(copy, own), { name: 'new' });
  (await connect(copy, board)).end(true);
  await copy.stop();
  assertNowhere(directory, planted, 'after it ran');

  const original = made.instance;
  await original.start();
  assert.equal((await request(original, 'POST', '/iot/v1/clients/token', form(own))).status, 401);
  await assert.rejects(connect(original, board));
  (await connect(original, made.board)).end(true);
  (await bySecret(original, made)).end(true);
});

test('a copy is never production, and what fails leaves nothing', async (t) => {
  const { safe, restore, kit, backup } = await production(t);
  const refused = [
    [await restore(safe('a'), '--scrub'), /for staging or development/, 'a'],
    [await restore(safe('b'), '--set', 'instance.environment=staging'), /restore with --scrub/, 'b'],
    [await host(['restore', '--scrub', '--set', 'instance.environment=staging', '--kit', kit, '--backup', backup, safe('c')], { secret: 'another-five-words-Kd72mPq9' }), /./, 'c'],
  ];
  const bytes = fs.readFileSync(backup);
  bytes[bytes.length - 200] ^= 1;
  fs.writeFileSync(backup, bytes);
  refused.push([await restore(safe('d'), '--scrub', '--set', 'instance.environment=staging'), /./, 'd']);
  for (const [{ status, stderr }, words, name] of refused) {
    assert.notEqual(status, 0, name);
    assert.match(stderr, words, name);
    assert.ok(!fs.existsSync(safe(name)) && !fs.existsSync(`${safe(name)}.restoring`), `nothing is left of ${name}`);
  }
});

test('a first start that is cut off is taken up, and nobody is served before', async (t) => {
  const { safe, restore } = await production(t);
  const directory = safe('development');
  const settings = { 'instance.environment': 'development' };
  assert.equal((await restore(directory, '--scrub', '--set', 'instance.environment=development')).status, 0);
  const first = new Instance({ directory, settings });
  t.after(() => first.destroy());
  const starting = first.start().catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 150));
  await first.kill();
  await starting;

  const copy = await Instance.start(t, { directory, settings });
  await hostSucceeds(['setup-link', '--data-dir', directory, '--email', 'user-1@example.invalid']);
  assert.equal(JSON.parse((await hostSucceeds(['status', '--data-dir', directory, '--json'])).stdout).environment, 'development');
  assert.ok(copy.url);
});
