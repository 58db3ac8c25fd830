// The host's own commands that are given a secret, by a descriptor as a script would.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bin } from './instance.mjs';

/** Runs `fastnessd host ...`; `secret` opens the kit, or is what `option` asks for. Resolves to its status and what it said. */
export async function host(args, { secret, option = '--kit-passphrase-fd' } = {}) {
  const given = secret === undefined ? [] : [option, '3'];
  const child = spawn(path.join(bin, 'fastnessd'), ['host', ...args, ...given], {
    stdio: ['ignore', 'pipe', 'pipe', ...(secret === undefined ? [] : ['pipe'])],
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => (said.stdout += chunk));
  child.stderr.on('data', (chunk) => (said.stderr += chunk));
  if (secret !== undefined) {
    child.stdio[3].on('error', () => {}); // it ended before it asked
    child.stdio[3].end(secret);
  }
  const [status] = await once(child, 'close');
  return { status, ...said };
}

/** The same, for one that must succeed. */
export async function hostSucceeds(args, options) {
  const done = await host(args, options);
  assert.equal(done.status, 0, `${args.join(' ')}: ${done.stderr}`);
  return done;
}

/** A directory that outlives the host: kits, backups, and what boards carry. Resolves names in it. */
export function safePlace(test) {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-safe-'));
  test.after(() => fs.rmSync(place, { recursive: true, force: true }));
  return (name) => path.join(place, name);
}
