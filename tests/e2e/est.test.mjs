// Renewing a certificate by EST with other people's tools: OpenSSL makes the request, curl shows the
// certificate, MQTT.js connects with the new one. After an emergency a device comes back by itself,
// and what a thief signed with the old key does not.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { accessToken, client, request } from './support/api.mjs';
import { connect, enrol, keyAndRequest } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { Instance } from './support/instance.mjs';
import { forge, instanceOfThief } from './support/thief.mjs';
import { waitFor } from './support/wait.mjs';

const run = promisify(execFile);
const root = '/.well-known/est';

/** A device with a certificate of sixty days, as one that renews. */
async function device(instance, api, name) {
  const { id } = await api('POST', '/api/v1/devices', { name, type: 'generic_device_secretkey' });
  const { key, csr } = keyAndRequest(instance.directory, id);
  const issued = await api('POST', `/api/v1/devices/${id}/enrol`, { csr_pem: csr, profile: 'standard' });
  const certificate = path.join(instance.directory, `${id}.pem`);
  fs.writeFileSync(certificate, issued.certificate_pem);
  return { id, key, certificate };
}

/** What curl gets: `{status, type, text}`. Rejects if the server refuses the certificate. */
async function curl(instance, target, { as, body, token, options = [] } = {}) {
  const args = ['--silent', '--show-error', '--cacert', instance.anchorsFile, '--write-out', '\n%{http_code} %{content_type}', ...options];
  if (as) args.push('--cert', as.certificate, '--key', as.key);
  if (token) args.push('--header', `Authorization: Bearer ${token}`);
  if (body !== undefined) args.push('--header', 'Content-Type: application/pkcs10', '--data-binary', body);
  const { stdout } = await run('curl', [...args, `${instance.url}${target}`]);
  const end = stdout.lastIndexOf('\n');
  const [status, ...type] = stdout.slice(end + 1).split(' ');
  return { status: Number(status), type: type.join(' '), text: stdout.slice(0, end) };
}

/** The base64 of a request for the key of `board`. */
function csrFor(board, name = board.id) {
  return execFileSync('openssl', ['req', '-new', '-sha256', '-key', board.key, '-subj', `/CN=${name}`, '-outform', 'DER'], { stdio: 'pipe' }).toString('base64');
}

/** The certificates of an answer, PEM, as OpenSSL reads them. */
function certificatesIn(answer) {
  const printed = execFileSync('openssl', ['pkcs7', '-inform', 'DER', '-print_certs'], { input: Buffer.from(answer.text, 'base64'), stdio: ['pipe', 'pipe', 'pipe'] }).toString();
  return printed.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----\n/g) ?? [];
}

const publicKey = (pem) => execFileSync('openssl', ['x509', '-noout', '-pubkey'], { input: pem }).toString();

/** `board` with the certificate of an answer, which must be one and for its key. */
function renewed(instance, board, answer) {
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.type, 'application/pkcs7-mime; smime-type=certs-only');
  const [pem, ...more] = certificatesIn(answer);
  assert.equal(more.length, 0);
  assert.equal(publicKey(pem), publicKey(fs.readFileSync(board.certificate)));
  const certificate = path.join(instance.directory, `${board.id}.next.pem`);
  fs.writeFileSync(certificate, pem);
  return { ...board, certificate };
}

for (const version of ['1.2', '1.3']) {
  test(`a device renews with curl and OpenSSL and connects with what it got (TLS ${version})`, async (t) => {
    const instance = await Instance.start(t);
    const api = await client(instance, await instance.init());
    const before = await device(instance, api, 'orchard');
    const options = ['--tlsv1.2', '--tls-max', version];

    const window = JSON.parse((await curl(instance, `${root}/renewal-info`, { as: before, options })).text).suggestedWindow;
    const days = (Date.parse(window.start) - Date.now()) / 86_400_000;
    assert.ok(days > 29 && days < 31, window.start);
    assert.ok(Date.parse(window.end) > Date.parse(window.start));

    const csr = csrFor(before);
    const first = await curl(instance, `${root}/simplereenroll`, { as: before, body: csr, options });
    const after = renewed(instance, before, first);
    const again = await curl(instance, `${root}/simplereenroll`, { as: before, body: csr, options });
    assert.deepEqual(certificatesIn(again), certificatesIn(first), 'an answer that was lost is given again');

    for (const each of [before, after]) (await connect(instance, each)).end(true);
  });
}

test('the authorities verify what was issued, for OpenSSL and for who asks nobody', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const board = await device(instance, api, 'orchard');
  const answer = await curl(instance, `${root}/cacerts`);
  assert.equal(answer.type, 'application/pkcs7-mime');
  const anchors = path.join(instance.directory, 'device-authorities.pem');
  fs.writeFileSync(anchors, certificatesIn(answer).join(''));
  assert.match(execFileSync('openssl', ['verify', '-purpose', 'sslclient', '-CAfile', anchors, board.certificate]).toString(), /OK/);

  const attributes = await curl(instance, `${root}/csrattrs`);
  assert.equal(attributes.type, 'application/csrattrs');
  const parsed = execFileSync('openssl', ['asn1parse', '-inform', 'DER'], { input: Buffer.from(attributes.text, 'base64') }).toString();
  assert.match(parsed, /id-ecPublicKey[^]*prime256v1[^]*ecdsa-with-SHA256/);
});

test('who comes without a certificate is served, and is told whose are asked for', async (t) => {
  const instance = await Instance.start(t);
  for (const version of ['-tls1_2', '-tls1_3']) {
    const said = execFileSync('openssl', ['s_client', '-connect', `localhost:${instance.port('https')}`, '-CAfile', instance.anchorsFile, version], { input: '', stdio: ['pipe', 'pipe', 'pipe'] }).toString();
    assert.match(said, /Acceptable client certificate CA names\nC = US, O = Arduino LLC US, OU = IT, CN = Arduino\n/);
    assert.match(said, /Verify return code: 0/);
  }
  assert.equal((await request(instance, 'GET', '/healthz')).status, 200);
});

test('a certificate renews its own device with its own key, and does nothing else', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const [mine, other] = [await device(instance, api, 'mine'), await device(instance, api, 'other')];
  const renew = (as, body, target = `${root}/simplereenroll`) => curl(instance, target, { as, body });

  assert.equal((await renew(undefined, csrFor(mine))).status, 401);
  assert.equal((await curl(instance, '/api/v1/devices', { as: mine })).status, 401, 'it is no credential');
  assert.equal((await renew(mine, csrFor(other))).status, 400, 'the request of another device');
  const foreign = keyAndRequest(instance.directory, 'foreign');
  const refused = await renew(mine, csrFor({ key: foreign.key, id: mine.id }));
  assert.equal(refused.status, 403);
  assert.match(refused.text, /the key that the certificate has/);
  assert.equal((await renew(mine, 'no base64')).status, 400);
  assert.equal((await renew(mine, 'A'.repeat(4097))).status, 413);
  assert.equal((await renew(mine, csrFor(mine), `${root}/${mine.id}/simplereenroll`)).status, 404, 'the label of nobody');

  const self = path.join(instance.directory, 'self.pem');
  execFileSync('openssl', ['req', '-x509', '-new', '-key', mine.key, '-subj', `/CN=${mine.id}`, '-days', '30', '-out', self], { stdio: 'pipe' });
  await assert.rejects(renew({ ...mine, certificate: self }, csrFor(mine)), 'signed by nobody we know');

  assert.equal((await renew(mine, csrFor(mine))).status, 200);
  const second = await renew(mine, csrFor(mine));
  assert.equal(second.status, 409, 'a second use of one renewal');
  await waitFor('a line for who reads the log', () => new RegExp(`renewed_twice.* device=${mine.id}`).test(instance.log));

  await api('POST', `/api/v1/devices/${other.id}/suspend`, {});
  const suspended = await renew(other, csrFor(other));
  assert.equal(suspended.status, 403);
  assert.match(suspended.text, /device_suspended/);
  await api('POST', `/api/v1/devices/${other.id}/revoke`, {});
  assert.equal((await renew(other, csrFor(other))).status, 403);
});

test('who may enrol devices gets a first certificate for theirs', async (t) => {
  const instance = await Instance.start(t);
  const key = await instance.init();
  const api = await client(instance, key);
  const token = await accessToken(instance, key);
  const { id } = await api('POST', '/api/v1/devices', { name: 'fresh', type: 'generic_device_secretkey' });
  const board = { id, key: keyAndRequest(instance.directory, id).key };
  const answer = await curl(instance, `${root}/simpleenroll`, { token, body: csrFor(board) });
  assert.equal(answer.status, 200, answer.text);
  const certificate = path.join(instance.directory, `${id}.pem`);
  fs.writeFileSync(certificate, certificatesIn(answer).join(''));
  (await connect(instance, { ...board, certificate })).end(true);

  assert.equal((await curl(instance, `${root}/simpleenroll`, { body: csrFor(board) })).status, 401);
  assert.equal((await curl(instance, `${root}/simpleenroll`, { token, body: csrFor(board, '00000000-0000-4000-8000-000000000000') })).status, 404);
});

test('after an emergency a device renews and is back with no hand on it, and no forger is', async (t) => {
  const thief = instanceOfThief();
  t.after(() => fs.rmSync(thief.loot, { recursive: true, force: true }));
  const instance = await Instance.start(t, { directory: thief.directory });
  const api = await client(instance, await instance.init());
  const person = new Person(t);
  const board = await enrol(instance, api, { name: 'by-hand' });
  const burnt = await device(instance, api, 'orchard');
  const session = await connect(instance, burnt);
  const closed = once(session, 'close');

  const rotated = await person.run(['ca', 'rotate', '--emergency', '--cut-off', '30', '--reason', 'stolen', '--yes', '--data-dir', instance.directory]);
  assert.equal(rotated.status, 0, rotated.stderr);
  await closed;
  await assert.rejects(connect(instance, burnt));

  const { start } = JSON.parse((await curl(instance, `${root}/renewal-info`, { as: burnt })).text).suggestedWindow;
  assert.ok(Date.parse(start) <= Date.now(), 'it is to renew at once');
  const answer = await curl(instance, `${root}/simplereenroll`, { as: burnt, body: csrFor(burnt) });
  const back = renewed(instance, burnt, answer);
  (await connect(instance, back)).end(true);
  await assert.rejects(connect(instance, burnt), 'the burnt one lets it in nowhere');
  const authorities = certificatesIn(await curl(instance, `${root}/cacerts`));
  const stolen = publicKey(fs.readFileSync(thief.certificate));
  assert.ok(authorities.every((pem) => publicKey(pem) !== stolen), 'nothing speaks for the stolen key');

  const extensions = path.join(thief.loot, 'v3.cnf');
  fs.writeFileSync(extensions, 'basicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n');
  const forged = forge(thief, burnt, 'forged', '-extfile', extensions);
  await assert.rejects(curl(instance, `${root}/simplereenroll`, { as: forged, body: csrFor(burnt) }));
  await waitFor('the alarm', () => /level=error .*forged_certificate .*generation=1/.test(instance.log), { seconds: 5 });

  const status = JSON.parse((await person.run(['ca', 'status', '--json', '--data-dir', instance.directory])).stdout);
  assert.deepEqual(status.generations.map((each) => each.devices), [1, 1]);
  assert.deepEqual(status.stragglers, [{ reason: 'by_hand', devices: 1 }]);
  (await connect(instance, board)).end(true);
});

test('fastness device renew keeps two certificates until the new one has let the device in', async (t) => {
  const instance = await Instance.start(t);
  const person = new Person(t);
  await person.logIn(instance, await instance.init());
  const { id } = await person.json('device', 'create', 'orchard');
  const folder = person.file('orchard');
  await person.ok('device', 'enrol', 'orchard', '--out', folder);
  const file = (name) => path.join(folder, name);
  const read = (name) => fs.readFileSync(file(name), 'utf8');
  const board = { id, key: file('device.key'), certificate: file('device.crt') };
  const [key, first] = [read('device.key'), read('device.crt')];
  fs.rmSync(person.credentials);
  const renew = (...more) => person.run(['device', 'renew', folder, '--server', instance.url, '--mqtt', `localhost:${instance.port('mqtts')}`, ...more]);

  const early = await renew();
  assert.equal(early.status, 0, early.stderr);
  assert.match(early.stdout, /^not due until \d{4}-/);
  assert.equal(read('device.crt'), first);

  const nowhere = await person.run(['device', 'renew', folder, '--server', instance.url, '--mqtt', 'localhost:1', '--now']);
  assert.equal(nowhere.status, 6, nowhere.stderr);
  assert.match(nowhere.stderr, /the old certificate stays/);
  assert.equal(read('device.crt'), first, 'rolled back');
  assert.equal(read('renewal/slots').length, 1, 'nothing is on trial');

  const done = await renew('--now');
  assert.equal(done.status, 0, done.stderr);
  assert.notEqual(read('device.crt'), first);
  assert.equal(read('device.key'), key);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['ca.crt', 'device.crt', 'device.key', 'renewal']);
  (await connect(instance, board)).end(true);

  // It died after the new certificate was there: the next run takes it from there.
  const second = read('device.crt');
  const kept = read('renewal/slots');
  fs.writeFileSync(file('renewal/slots'), kept === 'a' ? 'ba' : 'ab');
  fs.writeFileSync(file('device.crt'), first);
  assert.equal((await renew()).status, 0);
  assert.equal(read('device.crt'), second);
  assert.equal(read('renewal/slots'), kept);

  // And after the server had let it in, before the files said so.
  fs.writeFileSync(file('renewal/written'), crypto.createHash('sha256').update(first).digest('hex'));
  fs.writeFileSync(file('device.crt'), first);
  assert.equal((await renew()).status, 0);
  assert.equal(read('device.crt'), second);
  const told = JSON.parse((await renew('-o', 'json')).stdout);
  assert.equal(told.renewed, false);
  assert.ok(Date.parse(told.due) > Date.now());

  const rotated = await person.run(['ca', 'rotate', '--emergency', '--cut-off', '30', '--reason', 'stolen', '--yes', '--data-dir', instance.directory]);
  assert.equal(rotated.status, 0, rotated.stderr);
  await assert.rejects(connect(instance, board));
  const back = await renew('--now');
  assert.equal(back.status, 0, back.stderr);
  (await connect(instance, board)).end(true);

  assert.equal((await person.run(['device', 'renew', person.file('nothing'), '--server', instance.url])).status, 3);
  assert.equal((await person.run(['device', 'renew', folder])).status, 2, 'no login, and no server named');
});
