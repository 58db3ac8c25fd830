// Third parties look certificates up in a list: what OpenSSL makes of ours.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { client, request } from './support/api.mjs';
import { enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';

test('OpenSSL refuses by the list what is revoked or on hold, and nothing else', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const boards = {};
  for (const name of ['good', 'revoked', 'suspended']) boards[name] = await enrol(instance, api, { name });
  const authority = (await api('GET', '/api/v1/ca')).generations[0];
  const file = (name, content) => {
    const place = path.join(instance.directory, name);
    if (content) fs.writeFileSync(place, content);
    return place;
  };
  const anchor = file('authority.pem', authority.certificate_pem);
  const fetchList = async () => {
    const answer = await request(instance, 'GET', '/api/v1/ca/generations/1/crl');
    assert.equal(answer.status, 200);
    const der = file('list.der', answer.bytes);
    return execFileSync('openssl', ['crl', '-inform', 'DER', '-in', der, '-CAfile', anchor, '-out', file('list.pem')], { stdio: 'pipe' });
  };
  const verify = (board) => {
    try {
      const args = ['verify', '-partial_chain', '-trusted', anchor, '-CRLfile', file('list.pem'), '-crl_check', board.certificate];
      return execFileSync('openssl', args, { stdio: 'pipe' }).toString();
    } catch (error) {
      return String(error.stdout) + String(error.stderr);
    }
  };

  await fetchList();
  for (const board of Object.values(boards)) assert.match(verify(board), /: OK/);

  const order = (board, verb) => api('POST', `/api/v1/devices/${board.id}/${verb}`, { reason: 'a test' });
  await order(boards.revoked, 'revoke');
  await order(boards.suspended, 'suspend');
  await fetchList();
  assert.match(verify(boards.good), /: OK/);
  for (const name of ['revoked', 'suspended']) assert.match(verify(boards[name]), /certificate revoked/, name);

  await order(boards.suspended, 'resume');
  await fetchList();
  assert.match(verify(boards.suspended), /: OK/);
});
