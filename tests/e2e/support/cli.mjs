// One person's command line: the real program, with a home directory of its own.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bin } from './instance.mjs';
import { waitFor } from './wait.mjs';

const quoted = (word) => `'${String(word).replaceAll("'", "'\\''")}'`;

export class Person {
  /** @param {{after: Function}} test removes the home directory when it ends */
  constructor(test) {
    this.home = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-home-'));
    test.after(() => fs.rmSync(this.home, { recursive: true, force: true }));
    const { XDG_CONFIG_HOME: _, ...rest } = process.env;
    this.env = { ...rest, HOME: this.home };
  }

  /** Where `login` keeps the key. */
  get credentials() {
    return path.join(this.home, '.config/fastness/credentials.json');
  }

  file(name, text) {
    const place = path.join(this.home, name);
    if (text !== undefined) fs.writeFileSync(place, text);
    return place;
  }

  /** Starts it; the child collects what it says in `out` and `err`, and `ended` resolves to its exit status. */
  start(args, { input, program = 'fastness' } = {}) {
    const child = spawn(path.join(bin, program), args, { env: this.env, cwd: this.home });
    child.out = '';
    child.err = '';
    child.stdout.on('data', (chunk) => (child.out += chunk));
    child.stderr.on('data', (chunk) => (child.err += chunk));
    child.stdin.on('error', () => {});
    if (input === undefined) child.stdin.end();
    else child.stdin.end(input);
    child.ended = once(child, 'close').then(([status, signal]) => status ?? signal);
    return child;
  }

  /** Runs it to its end. */
  async run(args, options) {
    const child = this.start(args, options);
    const status = await child.ended;
    return { status, stdout: child.out, stderr: child.err };
  }

  /** Runs what must succeed; resolves to its standard output. */
  async ok(...args) {
    const { status, stdout, stderr } = await this.run(args);
    assert.equal(status, 0, `fastness ${args.join(' ')}: ${stderr}`);
    return stdout;
  }

  async json(...args) {
    return JSON.parse(await this.ok(...args, '-o', 'json'));
  }

  /** Runs it at a terminal, typing each answer once its question is there. Resolves to all that was to be seen. */
  async atTerminal(args, answers = []) {
    const command = [path.join(bin, 'fastness'), ...args].map(quoted).join(' ');
    const child = spawn('script', ['-qefc', command, '/dev/null'], { env: { ...this.env, TERM: 'xterm' }, cwd: this.home });
    let seen = '';
    child.stdout.on('data', (chunk) => (seen += chunk));
    const ended = once(child, 'close');
    for (const [question, answer] of answers) {
      await waitFor(`the question ${question}`, () => question.test(seen));
      child.stdin.write(`${answer}\n`);
    }
    const [status] = await ended;
    return { status, seen };
  }

  /** Logs in to an instance with its API key, which is read from standard input. */
  async logIn(instance, key) {
    const args = ['login', instance.url, '--ca', instance.anchorsFile, '--client-id', key.client_id, '--secret-file', '-'];
    const { status, stderr } = await this.run(args, { input: `${key.client_secret}\n` });
    assert.equal(status, 0, stderr);
  }
}
