// What is released: how its programs are compiled, and the Debian package that holds them.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { request } from './support/api.mjs';
import { bin, Instance } from './support/instance.mjs';
import { waitFor } from './support/wait.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const programs = ['fastnessd', 'fastness-vault', 'fastness-hub', 'fastness-backup', 'fastness'];
const read = (command, ...words) => execFileSync(command, words, { encoding: 'utf8', maxBuffer: 1 << 28 });

const noSystemd = spawnSync('systemd-analyze', ['--version']).status !== 0 && 'no systemd on this machine';

/** The package of these programs, and what it installs, in a folder that everybody can enter. */
let packed;
after(() => packed && fs.rmSync(path.dirname(packed), { recursive: true, force: true }));
function unpacked() {
  if (packed) return packed;
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-package-'));
  fs.chmodSync(folder, 0o755);
  const [, file] = read('python3', path.join(root, 'tools/package.py'), '--programs', bin, '--out', folder).trim().split('  ');
  const tree = path.join(folder, 'tree');
  read('dpkg-deb', '-x', file, tree);
  return (packed = tree);
}

/** A folder that is gone when the test ends. */
function folderFor(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-release-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the programs are position independent, read-only after relocation, and never run their stack', () => {
  for (const program of programs) {
    const headers = read('readelf', '-W', '-h', '-l', '-d', path.join(bin, program));
    assert.match(headers, /Type:\s+DYN/, program);
    assert.match(headers, /GNU_RELRO/, program);
    assert.match(headers, /BIND_NOW|NOW/, program);
    assert.match(headers, /GNU_STACK.*RW /, program);
    assert.doesNotMatch(headers, /LOAD .* RWE /, `${program}: memory is written or run, never both`);
    assert.doesNotMatch(headers, /TEXTREL|\(RPATH\)|\(RUNPATH\)/, `${program}: libraries come from the system alone`);
  }
});

test('the programs check their stacks, and the length of what they copy', () => {
  for (const program of programs) {
    const symbols = read('readelf', '-W', '--dyn-syms', path.join(bin, program));
    assert.match(symbols, /__stack_chk_fail/, program);
    assert.match(symbols, /__\w+_chk\b/, program);
  }
  const hub = read('readelf', '-W', '--dyn-syms', path.join(bin, 'fastness-hub'));
  assert.match(hub, /__glibcxx_assert_fail/, 'the standard library checks its bounds');
});

test('the programs have a number that is of their bytes, and name no folder of the build', () => {
  const numbers = programs.map((program) => {
    const file = path.join(bin, program);
    assert.ok(!fs.readFileSync(file).includes(`${root}/`), `${program} names ${root}`);
    return read('readelf', '-n', file).match(/Build ID: ([0-9a-f]{40})\b/)?.[1];
  });
  assert.equal(new Set(numbers).size, programs.length);
  assert.ok(!numbers.includes(undefined));
});

test('the package has the programs, runs from where it puts them, and takes its own settings', async (t) => {
  const tree = unpacked();
  const installed = path.join(tree, 'usr/bin/fastnessd');

  assert.match(read(installed, '--version'), /^fastnessd \d+\.\d+\.\d+\n$/);
  assert.match(read(installed, '--check-config', '--config', path.join(tree, 'etc/fastness/fastness.toml')), /right/);
  for (const program of programs) {
    const needed = read('ldd', path.join(tree, 'usr/lib/fastness', program));
    assert.doesNotMatch(needed, /not found/, program);
    const sections = read('readelf', '-W', '-S', path.join(tree, 'usr/lib/fastness', program));
    assert.doesNotMatch(sections, /\.debug_info|\.symtab/, program);
  }
  // The vault and the hub are found beside it, behind the link.
  const instance = new Instance({ program: installed });
  t.after(() => instance.destroy());
  await instance.start();
  assert.equal((await request(instance, 'GET', '/readyz')).status, 200);
});

test('whoever started the server hears when it serves, and not before', async (t) => {
  const address = path.join(folderFor(t), 'notify');
  // Node has no sockets of datagrams with a name.
  const listener = spawn('python3', ['-uc', [
    'import socket, sys', 'heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)', 'heard.bind(sys.argv[1])', 'print("bound")',
    'print(heard.recv(100).decode())'].join('\n'), address]);
  t.after(() => listener.kill());
  let heard = '';
  listener.stdout.on('data', (chunk) => (heard += chunk));
  const ended = once(listener, 'exit');
  await waitFor('the listener', () => heard === 'bound\n');

  const instance = new Instance({ environment: { NOTIFY_SOCKET: address } });
  t.after(() => instance.destroy());
  await instance.start();

  await ended;
  assert.equal(heard, 'bound\nREADY=1\n');
  assert.equal((await request(instance, 'GET', '/readyz')).status, 200);
});

test('the installed server lives with what its unit forbids', { skip: noSystemd }, async (t) => {
  const directory = folderFor(t);
  // As StateDirectory= makes it: the service's own, and nobody else's.
  if (process.getuid() === 0) fs.chownSync(directory, 65534, 65534);
  const instance = new Instance({
    directory, program: path.join(unpacked(), 'usr/bin/fastnessd'), through: ['python3', path.join(import.meta.dirname, 'support/under-unit.py')],
  });
  t.after(() => instance.destroy());
  await instance.start();

  const status = fs.readFileSync(`/proc/${instance.pid}/status`, 'utf8');
  assert.match(status, /^CapPrm:\s*0+$/m);
  assert.match(status, /^Seccomp:\s*2$/m);
  const page = await request(instance, 'GET', '/');
  assert.equal(page.status, 200);
  // Boards' certificates, the vault's keys and the journal on disk: a whole start, an end, and one more on what is there.
  await instance.restart();
  assert.equal((await request(instance, 'GET', '/readyz')).status, 200);
  assert.doesNotMatch(instance.log, /child_died|restart_failed|Operation not permitted/);
});
