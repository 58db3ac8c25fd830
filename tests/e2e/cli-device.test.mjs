// Devices on the command line: keys and certificates, what sketches must trust, and the end of an identity.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { before, test } from 'node:test';
import mqtt from 'mqtt';
import { connect, keyAndRequest } from './support/board.mjs';
import { Person } from './support/cli.mjs';
import { wholeFile } from './support/file.mjs';
import { Instance } from './support/instance.mjs';

const file = wholeFile();
let instance;
let person;

before(async () => {
  instance = await Instance.start(file);
  person = new Person(file);
  await person.logIn(instance, await instance.init());
});

const mode = (place) => fs.statSync(place).mode & 0o777;

test('a device is enrolled with a key made here, which stays here, and connects', async () => {
  const device = await person.json('device', 'create', 'gh-1', '--type', 'mkrwifi1010');
  assert.equal(device.identity.auth, 'none');
  const folder = person.file('gh-1');
  assert.deepEqual((await person.ok('device', 'enrol', 'gh-1', '--out', folder)).trim().split('\n'), ['device.key', 'device.crt', 'ca.crt'].map((name) => path.join(folder, name)));
  const files = { id: device.id, key: path.join(folder, 'device.key'), certificate: path.join(folder, 'device.crt') };
  assert.equal(mode(files.key), 0o600);
  assert.equal(mode(folder), 0o700);
  assert.equal(fs.readFileSync(path.join(folder, 'ca.crt'), 'utf8'), instance.anchors.toString());

  const session = await connect(instance, files, { ca: fs.readFileSync(path.join(folder, 'ca.crt')), port: instance.port('mqtts_certificate') });
  await session.endAsync();
  execFileSync('mosquitto_pub', ['-h', 'localhost', '-p', String(instance.port('mqtts_certificate')), '--cafile', path.join(folder, 'ca.crt'),
    '--cert', files.certificate, '--key', files.key, '-i', device.id, '-t', 'garden/note', '-q', '1', '-m', 'hello'], { stdio: 'pipe' });

  const before = fs.readFileSync(files.key, 'utf8');
  await person.ok('device', 'enrol', device.id, '--out', folder);
  assert.equal(fs.readFileSync(files.key, 'utf8'), before, 'to renew keeps the key');
  await person.ok('device', 'create', 'gh-other');
  const taken = await person.run(['device', 'enrol', 'gh-other', '--out', folder]);
  assert.equal(taken.status, 5, taken.stderr);
  const stolen = await person.run(['device', 'enrol', 'gh-1', '--out', person.file('elsewhere')]);
  assert.equal(stolen.status, 4, 'another key needs a person');
  assert.match(stolen.stderr, /another key/);
});

test('a request that OpenSSL made is signed, and its certificate connects', async () => {
  const device = await person.json('device', 'create', 'gh-csr');
  const { key: keyFile, csr } = keyAndRequest(person.home, 'gh-csr');
  const request_ = person.file('board.csr', csr);
  const certificate = await person.ok('device', 'enrol', 'gh-csr', '--csr', request_);
  assert.match(certificate, /^-----BEGIN CERTIFICATE-----\n/);
  const folder = person.file('gh-csr');
  await person.ok('device', 'enrol', 'gh-csr', '--csr', request_, '--profile', 'board', '--out', folder);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['ca.crt', 'device.crt']);

  const session = await connect(instance, { id: device.id, key: keyFile, certificate: path.join(folder, 'device.crt') });
  await session.endAsync();
  const bad = await person.run(['device', 'enrol', 'gh-csr', '--csr', instance.anchorsFile]);
  assert.equal(bad.status, 2);
  assert.match(bad.stderr, /PKCS#10/);
});

test('trust-header gives Arduino sketches both anchors', async () => {
  const folder = person.file('tls');
  await person.ok('device', 'trust-header', '--out', folder);
  assert.deepEqual(fs.readdirSync(folder).sort(), ['AIoTCSSCert.h', 'AIoTCUPCert.h', 'BearSSLTrustAnchors.h']);
  const read = (name) => fs.readFileSync(path.join(folder, name), 'utf8');
  const file = instance.anchors.toString().trim();
  const anchors = file.slice(file.indexOf('-----BEGIN')).split('\n');  // behind the set's number
  assert.equal(anchors.filter((line) => line.includes('BEGIN')).length, 2);
  for (const name of ['AIoTCUPCert.h', 'AIoTCSSCert.h']) {
    for (const line of anchors) assert.ok(read(name).includes(`"${line}\\n"`), `${name} lacks ${line}`);
  }
  assert.match(read('BearSSLTrustAnchors.h'), /TA0_DN[^]*TA1_DN[^]*ArduinoIoTCloudTrustAnchor_NUM \(2\)/);
});

test('a secret key is shown once; suspend, resume, revoke and delete do what they say', async () => {
  const device = await person.json('device', 'create', 'gh-secret', '--type', 'login_and_secretkey_wifi');
  const { secret } = await person.json('device', 'secret', 'gh-secret');
  assert.ok(secret.length >= 24);
  assert.ok(!(await person.ok('device', 'show', 'gh-secret', '-o', 'json')).includes(secret));
  const enter = () => mqtt.connectAsync({
    host: 'localhost', port: instance.port('mqtts_secret'), protocol: 'mqtts', ca: instance.anchors, protocolVersion: 4,
    clientId: device.id, username: device.id, password: secret, reconnectPeriod: 0, connectTimeout: 10_000,
  }, false);
  await (await enter()).endAsync();
  assert.equal((await person.json('device', 'suspend', 'gh-secret')).identity.state, 'suspended');
  await assert.rejects(enter);
  assert.equal((await person.json('device', 'resume', 'gh-secret')).identity.state, 'active');
  await (await enter()).endAsync();
  await person.ok('device', 'revoke', 'gh-secret');
  await assert.rejects(enter);
  await person.ok('device', 'delete', 'gh-secret');
  assert.equal((await person.run(['device', 'show', device.id])).status, 3);
});
