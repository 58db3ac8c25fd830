// What a browser refuses to a page of the console reaches the owner of the host; by a real browser.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request } from './support/api.mjs';
import { openBrowser, openPage } from './support/browser.mjs';
import { Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const lineOf = (instance) => instance.log.split('\n').find((line) => line.includes('browser_refused'));

test('a browser tells which rule of the policy a page broke, and with what', async (t) => {
  const instance = await Instance.start(t);
  const page = await openPage(await openBrowser(t, instance));
  await page.goto(`${instance.url}/sign-in?who=nobody-7q#secret-7q`);

  await page.evaluate(() => {
    new Image().src = 'https://elsewhere.example/picture-7q.png';
  });

  await waitFor('the report in the log', () => lineOf(instance));
  const line = lineOf(instance);
  for (const part of ['directive=img-src', 'refused=https://elsewhere.example', 'page=/sign-in']) assert.ok(line.includes(part), line);
  assert.ok(!instance.log.includes('7q'), 'and nothing else of either address');
});

test('who makes reports up fills nothing', async (t) => {
  const instance = await Instance.start(t);
  const report = (page, refused = 'inline') => request(instance, 'POST', '/api/v1/browser-reports', {
    body: JSON.stringify({ 'csp-report': { 'document-uri': page, 'effective-directive': 'script-src', 'blocked-uri': refused } }),
    headers: { 'content-type': 'application/csp-report' },
  });

  assert.equal((await report('https://elsewhere.example/')).status, 400);
  assert.equal(lineOf(instance), undefined);
  const answers = [];
  for (let i = 0; i < 15; ++i) answers.push((await report(`${instance.url}/`, `x\n${i} ERROR made up`)).status);
  assert.deepEqual([...new Set(answers)], [204, 429]);
  await waitFor('the reports in the log', () => lineOf(instance));
  assert.ok(!instance.log.includes('made up'));
});

test('names below this one are bound to HTTPS only if the owner says that they have it', async (t) => {
  for (const [settings, expected] of [[{}, 'max-age=31536000'], [{ 'server.hsts_subdomains': 'true' }, 'max-age=31536000; includeSubDomains']]) {
    const instance = await Instance.start(t, { settings });
    const named = await request(instance, 'GET', '/', { headers: { host: `127.0.0.1:${instance.port('https')}` } });
    assert.equal(named.headers['strict-transport-security'], expected);
  }
});
