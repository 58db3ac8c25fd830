// A page of another origin, in a real browser, calls the Arduino-compatible API: only if the owner named it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import { openBrowser, openPage } from './support/browser.mjs';
import { Instance } from './support/instance.mjs';

/** Somebody else's page, on loopback. */
async function elsewhere(t) {
  const server = http.createServer((request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>elsewhere</title><h1>Elsewhere</h1>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${server.address().port}`;
}

/** What a client in a page does: fetch a token, then ask with it, with every method that needs asking first. */
function useApi({ url, key }) {
  const grant = { grant_type: 'client_credentials', client_id: key.client_id, client_secret: key.client_secret };
  const run = async () => {
    const token = await fetch(`${url}/iot/v1/clients/token`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(grant) });
    const headers = { authorization: `Bearer ${(await token.json()).access_token}`, 'content-type': 'application/json', 'x-organization': key.organisation_id };
    const made = await (await fetch(`${url}/iot/v2/devices`, { method: 'PUT', headers, body: JSON.stringify({ type: 'phone', name: 'from a page' }) })).json();
    const list = await (await fetch(`${url}/iot/v2/devices`, { headers })).json();
    const gone = await fetch(`${url}/iot/v2/devices/${made.id}?force=true`, { method: 'DELETE', headers });
    const anonymous = await fetch(`${url}/iot/v2/devices`);
    const ours = await fetch(`${url}/api/v1/devices`, { headers }).then(() => 'read', () => 'refused');
    return { names: list.map((each) => each.name), gone: gone.status, anonymous: anonymous.status, ours };
  };
  return run().catch(String);
}

test('a page that the owner named uses the API, and nothing else of the server', async (t) => {
  const [named, stranger] = [await elsewhere(t), await elsewhere(t)];
  const instance = await Instance.start(t, { settings: { 'server.allowed_origins': JSON.stringify([named]) } });
  const key = await instance.init();
  const context = await openBrowser(t, instance);
  const page = await openPage(context);

  await page.goto(named);
  assert.deepEqual(await page.evaluate(useApi, { url: instance.url, key }), { names: ['from a page'], gone: 200, anonymous: 401, ours: 'refused' });

  await page.goto(stranger);
  assert.match(await page.evaluate(useApi, { url: instance.url, key }), /Failed to fetch/);
});
