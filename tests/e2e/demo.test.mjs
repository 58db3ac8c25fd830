// ./run's second half: the greenhouse that connects as a board does, and what a stranger sees of it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { client } from './support/api.mjs';
import { openBrowser, openPage } from './support/browser.mjs';
import { bin } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const script = path.resolve(import.meta.dirname, '../../tools/demo.sh');
const anyPorts = ['https', 'http', 'mqtts', 'mqtts_secret', 'mqtts_certificate'].flatMap((name) => ['--set', `listen.${name}=["127.0.0.1:0"]`]);
const password = 'a long enough passphrase for tests';

/** tools/demo.sh as a person has it: in a terminal's foreground group, at home in a directory that shall stay empty. */
class Demo {
  constructor(test) {
    this.root = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-demo-'));
    this.directory = path.join(this.root, 'data');
    this.home = path.join(this.root, 'home');
    fs.mkdirSync(this.home);
    test.after(async () => {
      await this.kill();
      fs.rmSync(this.root, { recursive: true, force: true });
    });
  }

  async start(...options) {
    this.said = '';
    this.process = spawn(script, [this.directory, ...anyPorts, ...options], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, FASTNESS_BIN: bin, HOME: this.home, TMPDIR: this.home },
    });
    for (const stream of [this.process.stdout, this.process.stderr]) stream.on('data', (chunk) => (this.said += chunk));
    this.ended = once(this.process, 'close').then(([status, signal]) => status ?? signal);
    const isOver = () => this.process.exitCode !== null;
    await waitFor('the demo to say that it runs', () => /Ctrl-C stops everything/.test(this.said) || isOver(), { seconds: 30 });
  }

  get listeners() {
    return JSON.parse(fs.readFileSync(path.join(this.directory, 'run/listeners.json'), 'utf8'));
  }
  port(name) {
    return Number(this.listeners[name][0].split(':').at(-1));
  }
  get url() {
    return `https://localhost:${this.port('https')}`;
  }
  get anchors() {
    return fs.readFileSync(path.join(this.directory, 'trust/server-anchors.pem'));
  }
  get key() {
    return JSON.parse(fs.readFileSync(path.join(this.directory, 'demo/credentials.json'), 'utf8'));
  }
  /** The programs of its group, by name. */
  processes() {
    const lines = execFileSync('ps', ['-e', '-o', 'pgid=,args=']).toString().split('\n').map((line) => line.trim());
    return lines.filter((line) => line.startsWith(`${this.process.pid} `));
  }

  /** Ctrl-C: the terminal tells every process of the group. */
  async interrupt() {
    process.kill(-this.process.pid, 'SIGINT');
    return this.ended;
  }
  async kill() {
    try {
      process.kill(-this.process.pid, 'SIGKILL');
    } catch {
      return; // Nothing is left of it.
    }
    await this.ended;
  }
}

async function greenhouse(api) {
  const [thing] = (await api('GET', '/api/v1/things')).things.filter((each) => each.name === 'Greenhouse');
  return { thing, property: (name) => thing.properties.find((each) => each.name === name) };
}

const online = async (api) => (await api('GET', '/api/v1/devices')).devices.find((each) => each.status === 'online');

test('the greenhouse enrols itself, has a past, waters when it is told to, and ends without a trace', async (t) => {
  const demo = new Demo(t);
  await demo.start();
  const api = await client(demo, demo.key);

  const board = await waitFor('the board', () => online(api));
  assert.equal(board.identity.auth, 'certificate');
  assert.ok(demo.processes().some((line) => line.includes('fastness demo greenhouse')), 'it is a process of its own');
  assert.equal(fs.statSync(path.join(demo.directory, 'demo', board.id, 'device.key')).mode & 0o777, 0o600);

  const { thing, property } = await greenhouse(api);
  assert.equal(thing.device_id, board.id);
  assert.deepEqual(thing.properties.map((each) => each.name).sort(), ['humidity', 'lamp', 'light', 'position', 'pump', 'soil', 'temperature']);
  const week = new Date(Date.now() - 8 * 86_400_000).toISOString();
  for (const name of ['temperature', 'humidity', 'soil', 'light']) {
    const { data } = await api('GET', `/iot/v2/things/${thing.id}/properties/${property(name).id}/timeseries?from=${week}&interval=3600`);
    assert.ok(data.length >= 7 * 24 - 1, `${name}: ${data.length} hours`);
    assert.ok(new Set(data.map((each) => each.value)).size > 20, `${name} moves`);
  }

  const now = async (name) => (await greenhouse(api)).property(name);
  const turn = (value) => api('PUT', `/api/v1/things/${thing.id}/properties/${property('pump').id}/value`, { value });
  const dry = (await waitFor('the soil', async () => (await now('soil')).value_source === 'device' && now('soil'))).value;
  await turn(true);
  await waitFor('the soil to take up water', async () => (await now('soil')).value > dry + 1, { seconds: 30 });
  await turn(false);
  const pump = await waitFor('the board to confirm', async () => {
    const said = await now('pump');
    return said.value === false && said.value_source === 'device' && said;
  });
  assert.equal(pump.value, false);
  const wet = (await now('soil')).value;
  const spoken = async () => (await greenhouse(api)).thing.properties.map((each) => each.value_updated_at).sort().at(-1);
  for (let round = 0; round < 2; round++) {
    const seen = await spoken();
    await waitFor('the board to go on', async () => (await spoken()) !== seen, { seconds: 60 });
  }
  assert.ok((await now('soil')).value <= wet, 'the curve turned');

  assert.equal(await demo.interrupt(), 0, demo.said);
  await waitFor('every process to be gone', () => demo.processes().length === 0);
  assert.deepEqual(fs.readdirSync(demo.root).sort(), ['data', 'home']);
  assert.deepEqual(fs.readdirSync(demo.home), []);
});

test('a stranger follows the printed link, and the second start keeps everything', async (t) => {
  const demo = new Demo(t);
  await demo.start();
  const api = await client(demo, demo.key);
  const before = await greenhouse(api);
  const board = await waitFor('the board', () => online(api));

  const link = /Set it up here: +(\S+)/.exec(demo.said)[1];
  assert.equal(new URL(link).origin, `http://localhost:${demo.port('http')}`);
  assert.ok(demo.said.includes(`The console:     ${new URL(link).origin}/`));
  const page = await openPage(await openBrowser(t, demo));
  await page.goto(link);
  assert.equal(await page.getByLabel('Your e-mail').inputValue(), 'owner@localhost');
  await page.getByLabel('Your e-mail').fill('ada@example.org');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByLabel('Name of your place').fill('Hillside');
  await page.getByRole('button', { name: 'Set up' }).click();
  await page.getByRole('link', { name: 'Devices' }).first().waitFor();
  assert.ok(!page.url().includes('#'), 'the token left the address');
  await page.goto(`${new URL(link).origin}/things/${before.thing.id}`);
  const pump = page.getByRole('switch', { name: 'pump' });
  await pump.click();
  await page.getByText(/confirmed by the board/).first().waitFor();
  assert.deepEqual(page.complaints, []);
  await page.goto('about:blank');
  await page.goto(link);
  await page.getByRole('heading', { name: 'This link was used, or its time is over' }).waitFor();
  await page.getByText('fastness host setup-link').waitFor();

  const args = ['host', 'setup-link', '--data-dir', demo.directory, '--email', 'ada@example.org'];
  await page.goto(execFileSync(path.join(bin, 'fastness'), args).toString().trim());
  await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
  assert.equal(await page.getByLabel('Your e-mail').inputValue(), 'ada@example.org');
  assert.equal(await page.getByLabel('Name of your place').count(), 0);
  await page.getByLabel('Password', { exact: true }).fill(`${password} anew`);
  await page.getByRole('button', { name: 'Sign in with it' }).click();
  await page.getByRole('link', { name: 'Devices' }).first().waitFor();

  const twice = new Demo(t);
  twice.directory = demo.directory;
  await twice.start();
  assert.equal(await twice.ended, 1);
  assert.match(twice.said, /runs on .* already/);
  assert.ok(demo.listeners.https, 'the first is as it was');

  await demo.interrupt();
  await demo.start();
  const again = await client(demo, demo.key);
  await waitFor('the same board', async () => (await online(again))?.id === board.id);
  assert.doesNotMatch(demo.said, /Set it up here/);
  const after = await greenhouse(again);
  assert.equal(after.thing.id, before.thing.id);
  assert.equal((await again('GET', '/api/v1/things')).things.length, 1);
  assert.equal(after.property('pump').value, true, 'the pump is as it was left');
});

test('a demo that cannot start says why and leaves nothing running', async (t) => {
  const demo = new Demo(t);
  await demo.start('--set', 'listen.htps=[]');
  assert.equal(await demo.ended, 1);
  assert.match(demo.said, /did you mean listen\.https\?/);
  assert.deepEqual(demo.processes(), []);
  assert.ok(!fs.existsSync(path.join(demo.directory, 'demo')));
});
