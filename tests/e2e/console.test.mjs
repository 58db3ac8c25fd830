// A person sets up, looks, and switches the pump, in a real browser.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { connect, enrol, fromSenml, senml } from './support/board.mjs';
import { openBrowser, openPage } from './support/browser.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const password = 'a long enough passphrase for tests';

/** Uses the one-time link that the daemon left; ends signed in. */
async function setUp(instance, page) {
  const link = new URL(fs.readFileSync(path.join(instance.directory, 'setup-link'), 'utf8').trim());
  await page.goto(`${instance.url}${link.pathname}${link.hash}`);
  await page.getByLabel('Your e-mail').fill('owner@example.org');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Name of your place').fill('Greenhouse');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('link', { name: 'Devices' }).first().waitFor();
}

/** An API key made in the console's own API by the page that is signed in. */
async function keyOf(page) {
  return page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const answer = await fetch('/api/v1/api-keys', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-fastness-csrf': csrf },
      body: JSON.stringify({
        name: 'test',
        scopes: ['devices:read', 'devices:write', 'devices:enrol', 'things:read', 'things:write', 'values:write', 'history:read'],
        expires_at: new Date(Date.now() + 86_400_000).toISOString(),
      }),
    });
    return answer.json();
  });
}

async function greenhouse(instance, page, t) {
  const key = await keyOf(page);
  assert.ok(key.client_secret, JSON.stringify(key));
  const api = await client(instance, key);
  const board = await enrol(instance, api, { name: 'gh-north-1' });
  const thing = await api('PUT', '/iot/v2/things', { name: 'Greenhouse north', device_id: board.id });
  const property = (name, type, permission) =>
    api('PUT', `/iot/v2/things/${thing.id}/properties`, { name, type, permission, update_strategy: 'ON_CHANGE' });
  await property('temperature', 'TEMPERATURE', 'READ_ONLY');
  await property('pump', 'STATUS', 'READ_WRITE');
  const session = await connect(instance, board);
  t.after(() => session.end(true));
  await session.subscribeAsync(`/a/t/${thing.id}/e/i`);
  const publish = (values) => session.publishAsync(`/a/t/${thing.id}/e/o`, senml(values), { qos: 1 });
  await publish({ temperature: 21.5, pump: false });
  return { api, board, thing, session, publish };
}

/** What axe finds, as lines. It is injected past the page's CSP, which would rightly refuse it. */
async function accessibilityFindings(context, page) {
  const devtools = await context.newCDPSession(page);
  await devtools.send('Runtime.evaluate', { expression: fs.readFileSync(axe, 'utf8') });
  const { result } = await devtools.send('Runtime.evaluate', {
    expression: 'axe.run().then(({ violations }) => JSON.stringify(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(", ")}`)))',
    awaitPromise: true,
  });
  await devtools.detach();
  return JSON.parse(result.value);
}

test('set up once, see a value change, switch the pump, see the board confirm', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  await waitFor('the link to go once it was used', () => !fs.existsSync(path.join(instance.directory, 'setup-link')));
  const { thing, session, publish } = await greenhouse(instance, page, t);

  await page.goto(`${instance.url}/things/${thing.id}`);
  await page.getByRole('heading', { name: 'Greenhouse north' }).waitFor();
  await page.getByText('21.5').first().waitFor();
  await publish({ temperature: 22.75 });
  await page.getByText(/22\.8|22\.75/).first().waitFor();

  const pump = page.getByRole('switch', { name: 'pump' });
  await pump.click();
  const write = await session.next('the write', (m) => fromSenml(m.payload).pump === true);
  assert.equal(write.topic, `/a/t/${thing.id}/e/i`);
  await publish({ pump: true });
  await page.getByText(/confirmed by the board/).first().waitFor();
  assert.equal(await pump.isChecked(), true);
  assert.deepEqual(page.complaints, []);
});

test('a value that was refused is counted, and its owner sees why, where, and what to do', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  const { api, board, thing, publish } = await greenhouse(instance, page, t);
  await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: 'soil', type: 'PERCENTAGE', permission: 'READ_ONLY', update_strategy: 'ON_CHANGE', min_value: 0, max_value: 100 });

  await publish({ soil: 40 });
  await publish({ soil: 104 });
  await publish({ soil: 105, moisture: 7 });
  const shown = await waitFor('the refusals to be counted', async () => {
    const answer = await page.evaluate(async (id) => (await fetch(`/api/v1/things/${id}`)).json(), thing.id);
    return answer.unknown_values && answer;
  });
  const { refused, value } = shown.properties.find((property) => property.name === 'soil');
  assert.equal(value, 40);
  assert.equal(refused.count, 2);
  assert.match(refused.last_reason, /above the property's maximum/);
  assert.deepEqual(shown.unknown_values.map(({ name, count }) => [name, count]), [['moisture', 1]]);

  await page.goto(`${instance.url}/`);
  await page.getByRole('heading', { name: 'What gh-north-1 sends as soil is refused' }).waitFor();
  await page.goto(`${instance.url}/devices/${board.id}`);
  await page.getByRole('link', { name: 'Show the thing' }).click();
  await page.getByText(/2\svalues refused[\s\S]*above the property's maximum/).waitFor();
  await page.getByRole('button', { name: 'Add a property for it' }).click();
  assert.equal(await page.getByLabel('Variable in the sketch').inputValue(), 'moisture');
  await page.keyboard.press('Escape');

  await publish({ soil: 41 });
  await page.goto(`${instance.url}/`);
  await page.getByText('Live now').waitFor();
  await waitFor('the mark to clear itself', async () => {
    const { attention } = await page.evaluate(async () => (await fetch('/api/v1/home')).json());
    return attention.every(({ kind }) => kind !== 'values_refused');
  });
  assert.deepEqual(page.complaints, []);
});

/** The key that signed until now is given up, as the owner of the host does it. */
const beginEmergency = (t, instance, reason) =>
  new Person(t).ok('ca', 'rotate', '--emergency', '--cut-off', '30', '--reason', reason, '--yes', '--data-dir', instance.directory);

test('a rotation is seen with whom it waits for, and neither ordered nor explained to members', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  await greenhouse(instance, page, t);
  const open = async () => {
    await page.goto(`${instance.url}/authority`);
    await page.getByRole('heading', { name: 'Generations' }).waitFor();
  };

  await open();
  await page.getByText(/^Generation 1 signs device certificates since .* Nothing is under way/).waitFor();
  assert.equal(await page.getByRole('progressbar').count(), 0);
  await page.getByText('1 board of it: let in by the ledger for 90 days.').waitFor();
  await beginEmergency(t, instance, 'the gardener took a disk');
  await open();

  const bar = page.getByRole('progressbar', { name: 'Devices renewed' });
  await bar.waitFor();
  assert.deepEqual([await bar.getAttribute('aria-valuenow'), await bar.getAttribute('aria-valuemax')], ['0', '1']);
  await page.getByRole('rowheader', { name: /Boards of generation 1/ }).waitFor();
  await page.getByText('Emergency since').waitFor();
  assert.ok(!(await page.content()).includes('gardener'), 'the reason is for the host');
  const buttons = await page.locator('main').getByRole('button').evaluateAll((all) => all.map((each) => each.getAttribute('aria-label') ?? each.textContent));
  assert.deepEqual(buttons.filter((label) => !label.startsWith('Copy ')), [], 'nothing is ordered here');
  assert.deepEqual(page.complaints, []);
});

test('the session is a cookie that scripts cannot read, and signing out ends it', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);

  const [cookie] = (await context.cookies()).filter((each) => each.name === '__Host-session');
  assert.ok(cookie.httpOnly && cookie.secure && cookie.path === '/');
  assert.match(cookie.sameSite, /Lax|Strict/);
  assert.equal(await page.evaluate(() => document.cookie), '');

  const refused = await page.evaluate(async () => (await fetch('/api/v1/devices', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"name":"x"}' })).status);
  assert.equal(refused, 403, 'a request without the CSRF token is refused');

  await page.evaluate(async () => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    await fetch('/api/v1/session', { method: 'DELETE', headers: { 'x-fastness-csrf': csrf } });
  });
  await context.addCookies([cookie]);
  assert.equal(await page.evaluate(async () => (await fetch('/api/v1/session')).status), 401, 'the old cookie is worth nothing');

  await page.goto(`${instance.url}/sign-in`);
  await page.getByLabel('E-mail').fill('owner@example.org');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('link', { name: 'Devices' }).first().waitFor();
});

test('a name with markup in it is text on every page', async (t) => {
  const instance = await Instance.start(t);
  const context = await openBrowser(t, instance);
  const page = await openPage(context);
  await setUp(instance, page);
  const { api, board, thing } = await greenhouse(instance, page, t);
  const attack = '<img src=x onerror=alert(1)>"\'><script>alert(2)</script>'.slice(0, 64);
  await api('PUT', `/iot/v2/things/${thing.id}/properties`, { name: attack, variable_name: 'evil', type: 'CHARSTRING', permission: 'READ_WRITE', update_strategy: 'ON_CHANGE' });
  let alerted = false;
  page.on('dialog', (dialog) => ((alerted = true), dialog.dismiss()));

  for (const place of ['/', '/devices', `/devices/${board.id}`, '/things', `/things/${thing.id}`, '/audit']) {
    await page.goto(`${instance.url}${place}`);
    await page.locator('main').first().waitFor();
    await page.waitForLoadState('networkidle').catch(() => {});
  }
  await page.goto(`${instance.url}/things/${thing.id}`);
  await page.getByText(/onerror=alert/).first().waitFor({ state: 'attached' });
  assert.equal(alerted, false);
  assert.deepEqual(page.complaints, []);
});

/** Looks at one page: it fits its window, axe finds nothing, and, on demand, a picture of it is kept. */
async function look(context, page, url, name) {
  await page.goto(url);
  await page.locator('h1').first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => {});
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name} overflows by ${wide} px`);
  assert.deepEqual(await accessibilityFindings(context, page), [], name);
  if (!process.env.FASTNESS_SHOTS) return;
  const { width } = page.viewportSize();
  const scheme = await page.evaluate(() => (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  await page.screenshot({ path: path.join(process.env.FASTNESS_SHOTS, `${name}-${scheme}-${width}.png`), fullPage: true });
}

const places = { home: '/', devices: '/devices', things: '/things', authority: '/authority', keys: '/keys', audit: '/audit', settings: '/settings', account: '/account', trust: '/trust', status: '/status', 'add-device': '/devices?add', 'not-found': '/nowhere' };

for (const [width, height] of [[1440, 900], [360, 740]]) {
  for (const scheme of ['light', 'dark']) {
    test(`every page, empty and full, is accessible and fits at ${width} px, ${scheme}`, async (t) => {
      const instance = await Instance.start(t);
      const context = await openBrowser(t, instance);
      const page = await openPage(context);
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height });
      const at = (place) => `${instance.url}${place}`;
      const link = new URL(fs.readFileSync(path.join(instance.directory, 'setup-link'), 'utf8').trim());
      for (const [name, place] of Object.entries({ 'signed-out-trust': '/trust', 'signed-out-status': '/status', 'sign-in': '/sign-in', 'setup-used': '/setup#used', setup: link.pathname + link.hash })) {
        await look(context, page, at(place), name);
      }
      await page.goto('about:blank');
      await setUp(instance, page);
      for (const [name, place] of Object.entries(places)) await look(context, page, at(place), `empty-${name}`);
      const { api, board, thing } = await greenhouse(instance, page, t);
      const bare = await api('PUT', '/iot/v2/devices', { name: 'bench-uno', type: 'unor4wifi' });
      const still = await api('PUT', '/iot/v2/things', { name: 'Nothing measured yet' });
      await beginEmergency(t, instance, 'a backup was stolen');
      const all = { ...places, device: `/devices/${board.id}`, 'device-bare': `/devices/${bare.id}`, thing: `/things/${thing.id}`, 'thing-bare': `/things/${still.id}` };
      for (const [name, place] of Object.entries(all)) await look(context, page, at(place), name);
    });
  }
}
