// A whole Fastness of real processes, in a temporary directory, on ports of its own.
import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from './wait.mjs';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../../..');

/** Where the programs under test were built. */
export const bin = process.env.FASTNESS_BIN ?? path.join(root, 'build/release/bin');

const loopback = {
  'listen.https': '["127.0.0.1:0"]',
  'listen.mqtts': '["127.0.0.1:0"]',
  'listen.mqtts_secret': '["127.0.0.1:0"]',
  'listen.mqtts_certificate': '["127.0.0.1:0"]',
};

export class Instance {
  #settings;
  #process;

  /** @param {{directory?: string, settings?: Record<string, string>, passphrase?: string, tokenPin?: string, openFiles?: number, program?: string, through?: string[], environment?: Record<string, string>}} options */
  constructor({ directory, settings = {}, passphrase, tokenPin, openFiles, program = path.join(bin, 'fastnessd'), through = [], environment = {} } = {}) {
    this.directory = directory ?? fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-e2e-'));
    this.#settings = { ...loopback, ...settings };
    this.passphrase = passphrase;
    this.tokenPin = tokenPin;
    this.openFiles = openFiles;
    this.program = program;
    this.through = through;
    this.environment = environment;
    this.log = '';
  }

  /** Starts one, waits until it serves, and stops it when the test ends. */
  static async start(test, options) {
    const instance = new Instance(options);
    test.after(() => instance.destroy());
    await instance.start();
    return instance;
  }

  async start() {
    fs.rmSync(this.#listenersFile, { force: true });
    const settings = Object.entries(this.#settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    const limit = this.openFiles ? ['prlimit', `--nofile=${this.openFiles}:${this.openFiles}`] : [];
    const command = [...this.through, ...limit, this.program];
    const secrets = Object.entries({ '--passphrase-fd': this.passphrase, '--token-pin-fd': this.tokenPin }).filter(([, secret]) => secret);
    const descriptors = secrets.flatMap(([option], i) => [option, String(3 + i)]);
    this.#process = spawn(command[0], [...command.slice(1), '--data-dir', this.directory, ...settings, ...descriptors], {
      stdio: ['ignore', 'ignore', 'pipe', ...secrets.map(() => 'pipe')],
      // A process group of its own, so that a kill reaches all of it, as a power cut does.
      detached: true,
      env: { ...process.env, ...this.environment },
    });
    // Whoever starts with another setting does not read it.
    for (const [i, [, secret]] of secrets.entries()) this.#process.stdio[3 + i].on('error', () => {}).end(secret);
    this.#process.stderr.on('data', (chunk) => (this.log += chunk));
    let end;  // how it ended, if it did; by then all of its log has come
    this.#process.once('close', (code, signal) => (end = code ?? signal));
    // One wait for both, so that none goes on behind a test that is over.
    await waitFor('the listeners', () => {
      if (end !== undefined) throw new Error(`fastnessd ended with ${end} before it served`);
      return (this.listeners = this.#readListeners());
    }, { seconds: 30 }).catch((error) => {
      throw new Error(`${error.message}\n${this.log}`);
    });
  }

  get #listenersFile() {
    return path.join(this.directory, 'run/listeners.json');
  }

  #readListeners() {
    try {
      return JSON.parse(fs.readFileSync(this.#listenersFile, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** The port of the first listener of that name: https, mqtts, mqtts_secret, mqtts_certificate. */
  port(name) {
    return Number(this.listeners[name][0].split(':').at(-1));
  }

  get url() {
    return `https://localhost:${this.port('https')}`;
  }

  /** Both server roots, as a PEM file and as text. */
  get anchorsFile() {
    return path.join(this.directory, 'trust/server-anchors.pem');
  }

  get anchors() {
    return fs.readFileSync(this.anchorsFile);
  }

  get pid() {
    return this.#process.pid;
  }

  /** What `fastnessd host init` prints: an owner, their organisation and an API key. */
  async init({ organisation = 'Greenhouse', email = 'owner@example.org' } = {}) {
    const { stdout } = await run(path.join(bin, 'fastnessd'), [
      'host', 'init', '--data-dir', this.directory,
      '--organisation', organisation, '--email', email, '--api-key', '--json',
    ]);
    return JSON.parse(stdout);
  }

  /** A clean stop. */
  async stop() {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exit;
  }

  /** As a power cut: every process of the instance at once, with no warning. */
  async kill() {
    if (!this.#process || this.#process.exitCode !== null || this.#process.signalCode) return;
    const exit = once(this.#process, 'exit');
    process.kill(-this.#process.pid, 'SIGKILL');
    await exit;
  }

  async restart() {
    await this.stop();
    await this.start();
  }

  async destroy() {
    await this.kill();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs the `fastness` command line as a user of its own home directory. */
export async function cli(home, ...args) {
  return run(path.join(bin, 'fastness'), args, { env: { ...process.env, HOME: home, XDG_CONFIG_HOME: path.join(home, '.config') } });
}
