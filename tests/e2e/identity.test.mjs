// The admission rule, attacked from outside: forged, revoked, resumed, borrowed.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import tls from 'node:tls';
import { client } from './support/api.mjs';
import { connect, enrol, keyAndRequest } from './support/board.mjs';
import { Instance } from './support/instance.mjs';

/** Tries to connect; resolves with 'admitted' or 'refused'. */
async function attempt(instance, board, options) {
  try {
    const session = await connect(instance, board, options);
    session.end(true);
    return 'admitted';
  } catch {
    return 'refused';
  }
}

/** Runs openssl s_client with a CONNECT packet for `id`; resolves with what the server answered, in hex. */
async function rawConnect(instance, board, ...extra) {
  const id = Buffer.from(board.id);
  const body = Buffer.concat([Buffer.from([0, 4]), Buffer.from('MQTT'), Buffer.from([4, 2, 0, 30, 0, id.length]), id]);
  const packet = Buffer.concat([Buffer.from([0x10, body.length]), body]);
  const process_ = spawn('openssl', [
    's_client', '-connect', `localhost:${instance.port('mqtts')}`, '-CAfile', instance.anchorsFile, '-cert', board.certificate,
    '-key', board.key, '-quiet', '-ign_eof', ...extra,
  ]);
  let answer = Buffer.alloc(0);
  process_.stdout.on('data', (chunk) => (answer = Buffer.concat([answer, chunk])));
  process_.stdin.on('error', () => {});
  process_.stdin.write(packet);
  const timer = setTimeout(() => process_.kill(), 1500);
  await once(process_, 'exit');
  clearTimeout(timer);
  return answer.toString('hex');
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`a revoked board is cut off and cannot resume its session (${version})`, async (t) => {
    const instance = await Instance.start(t);
    const api = await client(instance, await instance.init());
    const board = await enrol(instance, api, { name: 'orchard' });
    const flag = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3';
    const ticket = path.join(instance.directory, 'ticket.pem');
    assert.match(await rawConnect(instance, board, flag, '-sess_out', ticket), /^20020000/);
    assert.match(await rawConnect(instance, board, flag, '-sess_in', ticket), /^20020000/, 'it may resume while it is admitted');

    const live = await connect(instance, board, { maxVersion: version, minVersion: version });
    const closed = once(live, 'close');
    const before = performance.now();
    await api('DELETE', `/iot/v2/devices/${board.id}/certs/${board.issued.id}`);
    await closed;
    assert.ok(performance.now() - before < 1000, 'its live session is cut within a second');

    assert.doesNotMatch(await rawConnect(instance, board, flag, '-sess_in', ticket), /^20020000/);
    assert.doesNotMatch(await rawConnect(instance, board, flag), /^20020000/);
  });
}

test('a certificate of another authority is refused', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'orchard' });
  const self = path.join(instance.directory, 'self.pem');
  execFileSync('openssl', ['req', '-x509', '-new', '-key', board.key, '-subj', `/CN=${board.id}`, '-days', '30', '-out', self], { stdio: 'pipe' });

  assert.equal(await attempt(instance, { ...board, certificate: self }), 'refused');
  assert.equal(await attempt(instance, board), 'admitted');
});

test('a board may not use the name of another', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const [first, second] = [await enrol(instance, api, { name: 'a' }), await enrol(instance, api, { name: 'b' })];

  assert.equal(await attempt(instance, first, { clientId: second.id }), 'refused');
  assert.equal(await attempt(instance, first), 'admitted');
});

test('a board certificate is exactly what a board rebuilds from its parts', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const board = await enrol(instance, api, { name: 'crypto' });
  const { compressed } = board.issued;
  const point = execFileSync('openssl', ['ec', '-in', board.key, '-pubout', '-conv_form', 'uncompressed', '-outform', 'DER'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const der = execFileSync('openssl', ['x509', '-in', board.certificate, '-outform', 'DER']);

  assert.deepEqual(der.toString('hex'), rebuild(board.id, point.toString('hex'), compressed));
});

/** The DER that a board builds: every length and tag spelled out, nothing taken from the certificate. */
function rebuild(id, spki, { serial, authority_key_identifier: akid, not_before: from, signature_asn1_x: r, signature_asn1_y: s }) {
  const tlv = (tag, ...parts) => {
    const body = parts.join('');
    const size = body.length / 2;
    const length = size < 128 ? hex(size) : size < 256 ? `81${hex(size)}` : `82${size.toString(16).padStart(4, '0')}`;
    return tag + length + body;
  };
  const hex = (n) => n.toString(16).padStart(2, '0');
  const text = (tag, value) => tlv(tag, Buffer.from(value).toString('hex'));
  const integer = (value) => {
    const trimmed = value.replace(/^(00)+/, '');
    return tlv('02', parseInt(trimmed.slice(0, 2), 16) >= 128 ? `00${trimmed}` : trimmed);
  };
  const name = (oid, value) => tlv('31', tlv('30', tlv('06', oid), text('13', value)));
  const stamp = (date) => {
    const digits = date.toISOString().replace(/[-:T]/g, '').slice(0, 14);
    return date.getUTCFullYear() < 2050 ? text('17', `${digits.slice(2)}Z`) : text('18', `${digits}Z`);
  };
  const start = new Date(from);
  const end = new Date(start);
  end.setUTCFullYear(start.getUTCFullYear() + 31);
  const algorithm = tlv('30', tlv('06', '2a8648ce3d040302'));
  const tbs = tlv(
    '30', tlv('a0', tlv('02', '02')), integer(serial), algorithm,
    tlv('30', name('550406', 'US'), name('55040a', 'Arduino LLC US'), name('55040b', 'IT'), name('550403', 'Arduino')),
    tlv('30', stamp(start), stamp(end)), tlv('30', name('550403', id)), spki,
    tlv('a3', tlv('30', tlv('30', tlv('06', '551d23'), tlv('04', tlv('30', tlv('80', akid)))))),
  );
  return tlv('30', tbs, algorithm, tlv('03', '00', tlv('30', integer(r), integer(s))));
}

test('the certificate request names nobody: the server decides whose certificate it is', async (t) => {
  const instance = await Instance.start(t);
  const api = await client(instance, await instance.init());
  const device = await api('PUT', '/iot/v2/devices', { name: 'x', type: 'mkrwifi1010' });
  const { csr } = keyAndRequest(instance.directory, 'somebody-else');
  const issued = await api('PUT', `/iot/v2/devices/${device.id}/certs`, { csr, enabled: true });
  fs.writeFileSync(path.join(instance.directory, 'x.pem'), issued.pem);
  const subject = execFileSync('openssl', ['x509', '-noout', '-subject', '-in', path.join(instance.directory, 'x.pem')]).toString();
  assert.match(subject, new RegExp(device.id));

  const bad = csr.replace(/[A-Za-z]/, (c) => (c === 'A' ? 'B' : 'A'));
  await assert.rejects(api('PUT', `/iot/v2/devices/${device.id}/certs`, { csr: bad, enabled: true }), /400/);
});

test('the server speaks TLS 1.2 and 1.3 and nothing older', async (t) => {
  const instance = await Instance.start(t);
  // The listener that insists on a certificate shares its settings with mqtts; tls.test.mjs looks at it.
  for (const name of ['https', 'mqtts', 'mqtts_secret']) {
    const handshake = (maxVersion, minVersion) =>
      new Promise((resolve) => {
        const socket = tls.connect({ port: instance.port(name), host: 'localhost', ca: instance.anchors, minVersion, maxVersion, ciphers: 'DEFAULT@SECLEVEL=0' });
        socket.on('secureConnect', () => (resolve(socket.getProtocol()), socket.destroy())).on('error', (error) => resolve(error.code));
      });
    assert.equal(await handshake('TLSv1.3', 'TLSv1.2'), 'TLSv1.3', name);
    assert.equal(await handshake('TLSv1.2', 'TLSv1.2'), 'TLSv1.2', name);
    assert.match(await handshake('TLSv1.1', 'TLSv1'), /ERR_SSL|ECONNRESET/, name);
  }
});
