// Starting, stopping, and what a start promises.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { request } from './support/api.mjs';
import { bin, Instance } from './support/instance.mjs';

const run = promisify(execFile);

test('it serves, says that it is ready, and shows no header that it should not', async (t) => {
  const instance = await Instance.start(t);

  for (const path of ['/healthz', '/readyz']) assert.equal((await request(instance, 'GET', path)).status, 200);
  const page = await request(instance, 'GET', '/');

  assert.equal(page.status, 200);
  assert.match(page.headers['content-security-policy'], /default-src 'none'/);
  assert.match(page.headers['content-security-policy'], /require-trusted-types-for 'script'/);
  // Not for localhost: it would close the plaintext listener that `./run` adds for this machine.
  const named = await request(instance, 'GET', '/', { headers: { host: `127.0.0.1:${instance.port('https')}` } });
  assert.match(named.headers['strict-transport-security'], /max-age=/);
  assert.equal(page.headers['x-content-type-options'], 'nosniff');
  assert.equal(page.headers.server, undefined);
});

test('the set-up link is in a file of the owner and in no log', async (t) => {
  const instance = await Instance.start(t);
  const file = path.join(instance.directory, 'setup-link');

  assert.equal(fs.statSync(file).mode & 0o777, 0o600);
  const link = fs.readFileSync(file, 'utf8').trim();
  const token = new URL(link).hash.split('=').at(-1).replace('#', '');
  assert.ok(token.length >= 40, link);
  assert.equal(new URL(link).search, '');
  assert.ok(!instance.log.includes(token));
  assert.ok(instance.log.includes(`link_is_in=${file}`), 'but where it is');
});

test('whoever finds a hole is told whom to tell, if the owner says so', async (t) => {
  const silent = await Instance.start(t);
  assert.equal((await request(silent, 'GET', '/.well-known/security.txt')).status, 404);
  const until = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  const policy = 'https://example.org/policy';
  const settings = {
    'server.security_contacts': '["mailto:security@example.org"]', 'server.security_contacts_until': until, 'server.security_policy': policy,
  };
  const instance = await Instance.start(t, { settings });

  const told = await request(instance, 'GET', '/.well-known/security.txt', { headers: { accept: 'text/html' } });

  assert.deepEqual([told.status, told.headers['content-type']], [200, 'text/plain; charset=utf-8']);
  assert.equal(told.text, `Contact: mailto:security@example.org\nPolicy: ${policy}\nExpires: ${until}T00:00:00Z\n`);
});

test('a second start keeps its data, and SIGTERM ends every process', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const roots = instance.anchors.toString();
  const group = instance.pid;

  await instance.stop();
  assert.throws(() => process.kill(-group, 0), { code: 'ESRCH' });
  await instance.start();

  assert.equal(instance.anchors.toString(), roots);
  const token = await request(instance, 'POST', '/iot/v1/clients/token', {
    body: { grant_type: 'client_credentials', client_id: key.client_id, client_secret: key.client_secret },
  });
  assert.equal(token.status, 200);
});

test('a second Fastness on the same data directory is refused with a reason', async (t) => {
  const instance = await Instance.start(t);
  const second = new Instance({ directory: instance.directory });
  await assert.rejects(second.start(), /already|in use|running/i);
});

test('a port that another Fastness serves is refused, not shared', async (t) => {
  const threads = { 'gateway.threads': '2' };
  const first = await Instance.start(t, { settings: threads });
  for (const name of ['mqtts', 'https']) {
    const second = new Instance({ settings: { ...threads, [`listen.${name}`]: `["127.0.0.1:${first.port(name)}"]` } });
    t.after(() => second.destroy());
    await assert.rejects(second.start(), /another program has this port[^]*listen\.\*/, name);
  }
});

test('an unknown key is an error that suggests the right one', async () => {
  await assert.rejects(run(path.join(bin, 'fastnessd'), ['--check-config', '--set', 'listen.htps=127.0.0.1:1']), (error) => {
    assert.match(error.stderr, /listen\.https/);
    return true;
  });
  const { stdout } = await run(path.join(bin, 'fastnessd'), ['--print-config']);
  assert.match(stdout, /\[listen\]/);
});

test('no secret is in an argument or an environment of any process', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const setup = fs.existsSync(path.join(instance.directory, 'setup-link'))
    ? new URL(fs.readFileSync(path.join(instance.directory, 'setup-link'), 'utf8').trim()).hash.slice(1)
    : 'no set-up link is left';
  const pids = execFileSync('ps', ['-o', 'pid=', '-g', String(instance.pid)]).toString().trim().split(/\s+/);
  assert.ok(pids.length >= 1);
  for (const pid of pids) {
    for (const file of ['cmdline', 'environ']) {
      const text = fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');
      for (const secret of [key.client_secret, setup]) assert.ok(!text.includes(secret), `/proc/${pid}/${file}`);
    }
  }
});
