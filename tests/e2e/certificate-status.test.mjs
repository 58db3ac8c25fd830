// Third parties ask about one certificate at a time: what OpenSSL makes of our answers (OCSP).
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client, request } from './support/api.mjs';
import { enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';

/** Asks about certificates as OpenSSL does, and has it check the answer. Returns what it says, or what it refuses. */
function asker(instance, authority) {
  const file = (name, content) => {
    const place = path.join(instance.directory, name);
    if (content) fs.writeFileSync(place, content);
    return place;
  };
  const issuer = file('authority.pem', authority.certificate_pem);
  const openssl = (...args) => {
    const { stdout, stderr } = spawnSync('openssl', ['ocsp', ...args], { encoding: 'utf8' });
    return stdout + stderr;
  };
  return async (certificates, { hash = 'sha1', by = 'POST', trusted = issuer } = {}) => {
    const asked = certificates.flatMap((each) => ['-cert', each]);
    openssl('-issuer', issuer, `-${hash}`, ...asked, '-reqout', file('question.der'));
    const question = fs.readFileSync(file('question.der'));
    const answer =
      by === 'POST'
        ? await request(instance, 'POST', '/api/v1/ca/ocsp', { headers: { 'content-type': 'application/ocsp-request' }, body: question })
        : await request(instance, 'GET', `/api/v1/ca/ocsp/${encodeURIComponent(question.toString('base64'))}`);
    assert.equal(answer.status, 200);
    // The nonce is checked against the question's; without -no_nonce OpenSSL would add one to that.
    return openssl('-no_nonce', '-issuer', issuer, `-${hash}`, ...asked, '-reqin', file('question.der'), '-respin', file('answer.der', answer.bytes), '-CAfile', trusted);
  };
}

test('OpenSSL believes what it is told of each certificate', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const boards = {};
  for (const name of ['good', 'revoked', 'suspended']) boards[name] = await enrol(instance, api, { name });
  const ask = asker(instance, (await api('GET', '/api/v1/ca')).generations[0]);
  const order = (board, verb) => api('POST', `/api/v1/devices/${board.id}/${verb}`, { reason: 'a test' });
  await order(boards.revoked, 'revoke');
  await order(boards.suspended, 'suspend');

  for (const how of [{}, { hash: 'sha256' }, { by: 'GET' }]) {
    const good = await ask([boards.good.certificate], how);
    assert.match(good, /Response verify OK/);
    assert.match(good, /: good/);
    assert.match(await ask([boards.revoked.certificate], how), /: revoked/);
    assert.match(await ask([boards.suspended.certificate], how), /: revoked[^]*Reason: certificateHold/);
  }
  const several = await ask(Object.values(boards).map(({ certificate }) => certificate));
  assert.match(several, /Response verify OK/);
  assert.equal(several.match(/: (good|revoked)/g).length, 3);

  await order(boards.suspended, 'resume');
  assert.match(await ask([boards.suspended.certificate]), /: good/);
});

test('of a forged certificate nobody is told that it is good', async (t) => {
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const instance = await Instance.start(t, { directory: thief.directory });
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'orchard' });
  const ask = asker(instance, (await api('GET', '/api/v1/ca')).generations[0]);
  // The thief has the authority's own certificate as well, which is public.
  const certificate = path.join(thief.loot, 'generation.pem');
  fs.writeFileSync(certificate, (await api('GET', '/api/v1/ca')).generations[0].certificate_pem);
  const forged = await ask([forge({ ...thief, certificate }, board, 'forged').certificate]);
  assert.match(forged, /Response verify OK/);
  assert.match(forged, /: unknown/);
  assert.match(await ask([board.certificate]), /: good/);
});
