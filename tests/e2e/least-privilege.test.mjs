// What the kernel says that each process may do.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { Instance } from './support/instance.mjs';

/** The children of a process by name, each with the fields of its /proc/PID/status. */
function childrenOf(pid) {
  const children = {};
  for (const child of fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')) {
    const status = Object.fromEntries(
      fs.readFileSync(`/proc/${child}/status`, 'utf8').trim().split('\n').map((line) => line.split(/:\s*/, 2)));
    children[status.Name] = { pid: child, ...status };
  }
  return children;
}

/** A port below 1024 that nobody listens on. */
async function freeLowPort() {
  for (let port = 1023; port > 600; --port) {
    const probe = net.createServer();
    const free = await new Promise((resolve) => probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true)));
    if (free) await new Promise((resolve) => probe.close(resolve));
    if (free) return port;
  }
  throw new Error('no port below 1024 is free');
}

const userId = (name) => execFileSync('id', ['-u', name], { encoding: 'utf8' }).trim();

test('vault and hub have no capability, can gain none, and are filtered', async (t) => {
  const instance = await Instance.start(t);
  const children = childrenOf(instance.pid);
  assert.deepEqual(Object.keys(children).sort(), ['fastness-hub', 'fastness-vault']);
  for (const [name, status] of Object.entries(children)) {
    assert.equal(status.NoNewPrivs, '1', name);
    assert.equal(status.Seccomp, '2', name);
    for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) assert.equal(BigInt(`0x${status[set]}`), 0n, `${name} ${set}`);
  }
});

test('started by root with users of their own, they share no file and no user', { skip: process.getuid() !== 0 && 'only root can give users' }, async (t) => {
  const users = { vault: 'games', hub: 'nobody' }; // any two that every Debian has
  const instance = await Instance.start(t, { settings: { 'sandbox.vault_user': users.vault, 'sandbox.hub_user': users.hub } });
  const children = childrenOf(instance.pid);
  for (const [name, user] of Object.entries(users)) {
    const ids = children[`fastness-${name}`].Uid.split('\t');
    assert.deepEqual(new Set(ids), new Set([userId(user)]), `${name} runs as ${user} and can be nobody else`);
    const folder = fs.statSync(path.join(instance.directory, name));
    assert.equal(folder.uid, Number(userId(user)));
    assert.equal(folder.mode & 0o077, 0, `${name}: nobody else can look`);
  }
  await instance.restart();
});

test('the hub keeps the power to listen below 1024 if it must, and no other', { skip: process.getuid() !== 0 && 'only root can' }, async (t) => {
  const settings = { 'listen.https': `["127.0.0.1:${await freeLowPort()}"]`, 'sandbox.vault_user': 'games', 'sandbox.hub_user': 'nobody' };
  const instance = await Instance.start(t, { settings });
  const hub = childrenOf(instance.pid)['fastness-hub'];
  assert.equal(BigInt(`0x${hub.CapPrm}`), 1n << 10n); // CAP_NET_BIND_SERVICE
});

test('with no more of root than its unit leaves, it gives both their users and ends them', { skip: process.getuid() !== 0 && 'only root can give users' }, async (t) => {
  const unit = fs.readFileSync(path.join(import.meta.dirname, '../../packaging/systemd/examples/own-users.conf'), 'utf8');
  const kept = unit.match(/^CapabilityBoundingSet=(.+)$/m)[1].split(' ').map((name) => `+${name.replace('CAP_', '').toLowerCase()}`);
  const through = ['setpriv', `--bounding-set=-all,${kept.join()}`];
  const settings = { 'sandbox.vault_user': 'games', 'sandbox.hub_user': 'nobody' };
  const instance = await Instance.start(t, { settings, through });

  assert.equal(kept.length, 5);
  const status = fs.readFileSync(`/proc/${instance.pid}/status`, 'utf8');
  assert.equal(BigInt(`0x${status.match(/^CapEff:\s*(\w+)/m)[1]}`).toString(2).replaceAll('0', '').length, kept.length);
  const children = childrenOf(instance.pid);
  for (const [name, user] of [['fastness-vault', 'games'], ['fastness-hub', 'nobody']]) {
    assert.deepEqual(new Set(children[name].Uid.split('\t')), new Set([userId(user)]), name);
    assert.equal(BigInt(`0x${children[name].CapPrm}`), 0n, name);
  }
  // Both are somebody else's now: to end them, and to find their folders again, takes what is left.
  await instance.restart();
});
