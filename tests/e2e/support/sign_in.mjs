import assert from 'node:assert/strict';
import { request } from './api.mjs';

/** Uses the owner's set-up token; resolves to how to send a request in the session that it begins, as a browser does. */
export async function signIn(instance, token, { email = 'owner@example.org' } = {}) {
  const body = { token, email, password: 'a long enough passphrase for tests', organisation: 'Greenhouse' };
  const answer = await request(instance, 'POST', '/api/v1/setup', { body });
  assert.equal(answer.status, 201, answer.text);
  const cookie = answer.headers['set-cookie'][0].split(';')[0];
  return (method, target, sent) => request(instance, method, target, { body: sent, headers: { cookie, 'x-fastness-csrf': answer.json.csrf } });
}
