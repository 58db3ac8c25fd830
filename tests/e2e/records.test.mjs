// Our own TLS record layer, against the TLS of others: OpenSSL, GnuTLS and Mbed TLS, with MQTT spoken by hand, and MQTT.js.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { client, request } from './support/api.mjs';
import { connect, enrol } from './support/board.mjs';
import { Instance } from './support/instance.mjs';

const packets = {
  connect: (name) => Buffer.concat([Buffer.from([0x10, 12 + name.length, 0, 4]), Buffer.from('MQTT'), Buffer.from([4, 2, 0, 60, 0, name.length]), Buffer.from(name)]),
  connack: Buffer.from([0x20, 2, 0, 0]),
  pingreq: Buffer.from([0xc0, 0]),
  pingresp: Buffer.from([0xd0, 0]),
  disconnect: Buffer.from([0xe0, 0]),
};

/** A TLS client of somebody else, whose standard input and output are the connection. */
class Tool {
  constructor(test, program, args) {
    this.child = spawn(program, args);
    test.after(() => this.child.kill());
    this.heard = Buffer.alloc(0);
    this.child.stdout.on('data', (chunk) => (this.heard = Buffer.concat([this.heard, chunk])));
    this.child.stderr.on('data', () => {});
    this.closed = once(this.child, 'close');
  }

  say(bytes) {
    this.child.stdin.write(bytes);
  }

  /** Resolves once `bytes` came, and forgets all up to them. */
  async hear(bytes) {
    const deadline = AbortSignal.timeout(10_000);
    while (!this.heard.includes(bytes)) await once(this.child.stdout, 'data', { signal: deadline });
    this.heard = this.heard.subarray(this.heard.indexOf(bytes) + bytes.length);
  }
}

async function handedOver(instance) {
  const { text } = await request(instance, 'GET', '/metrics');
  return Number(/^fastness_gateway_own_records_total (\d+)$/m.exec(text)[1]);
}

const openssl = (instance, board, ...args) => ['openssl', [
  's_client', '-connect', `localhost:${instance.port('mqtts')}`, '-servername', 'localhost', '-CAfile', instance.anchorsFile, '-verify_return_error',
  '-cert', board.certificate, '-key', board.key, '-quiet', ...args,
]];
const gnutls = (instance, board, priority, ...args) => ['gnutls-cli', [
  '-p', String(instance.port('mqtts')), 'localhost', '--x509cafile', instance.anchorsFile, '--x509certfile', board.certificate,
  '--x509keyfile', board.key, '--priority', priority, '--logfile=/dev/null', ...args,
]];

const built = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-peers-'));
after(() => fs.rmSync(built, { recursive: true }));
const mbedtlsClient = path.join(built, 'mbedtls_client');
execFileSync('cc', ['-O1', '-o', mbedtlsClient, path.join(import.meta.dirname, 'peers/mbedtls_client.c'), '-lmbedtls', '-lmbedx509', '-lmbedcrypto']);
const mbedtls = (instance, board) => [mbedtlsClient, [String(instance.port('mqtts')), instance.anchorsFile, board.certificate, board.key]];

const peers = {
  'OpenSSL, TLS 1.3': (...who) => openssl(...who, '-tls1_3'),
  'OpenSSL, TLS 1.2': (...who) => openssl(...who, '-tls1_2'),
  'OpenSSL, small fragments': (...who) => openssl(...who, '-tls1_2', '-maxfraglen', '512'),
  'GnuTLS, TLS 1.3': (...who) => gnutls(...who, 'NORMAL:-VERS-ALL:+VERS-TLS1.3'),
  'GnuTLS, TLS 1.2': (...who) => gnutls(...who, 'NORMAL:-VERS-ALL:+VERS-TLS1.2'),
  'GnuTLS, ChaCha20': (...who) => gnutls(...who, 'NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305'),
  'GnuTLS, AES-256': (...who) => gnutls(...who, 'NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM'),
  'Mbed TLS': (...who) => mbedtls(...who),
};

for (const [name, of] of Object.entries(peers)) {
  test(`a connection that left OpenSSL goes on with ${name}`, async (t) => {
    const instance = await Instance.start(t);
    const api = await client(instance, await instance.init());
    const board = await enrol(instance, api, { name: 'b' });
    const tool = new Tool(t, ...of(instance, board));
    tool.say(packets.connect('by hand'));
    await tool.hear(packets.connack);
    assert.equal(await handedOver(instance), 1);
    for (let i = 0; i < 50; i++) {
      tool.say(packets.pingreq);
      await tool.hear(packets.pingresp);
    }
    tool.say(packets.disconnect);
    await tool.closed;
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`MQTT.js moves a megabyte both ways (${version})`, async (t) => {
    const instance = await Instance.start(t);
    const api = await client(instance, await instance.init());
    const board = await enrol(instance, api, { name: 'b' });
    const session = await connect(instance, board, { minVersion: version, maxVersion: version });
    t.after(() => session.end(true));
    await session.subscribeAsync('garden/#', { qos: 1 });
    const sent = Buffer.alloc(100_000, 'a long message ');
    for (let i = 0; i < 10; i++) {
      await session.publishAsync(`garden/${i}`, sent, { qos: 1 });
      const heard = await session.next('what was sent', (m) => m.topic === `garden/${i}`);
      assert.ok(heard.payload.equals(sent));
    }
    assert.equal(await handedOver(instance), 1);
  });
}

for (const version of ['TLSv1.2', 'TLSv1.3']) {
  test(`a host may leave all records to OpenSSL (${version})`, async (t) => {
    const instance = await Instance.start(t, { settings: { 'tls.record_layer': 'openssl' } });
    const api = await client(instance, await instance.init());
    const board = await enrol(instance, api, { name: 'b' });
    const session = await connect(instance, board, { minVersion: version, maxVersion: version });
    t.after(() => session.end(true));
    await session.subscribeAsync('garden/#', { qos: 1 });
    await session.publishAsync('garden/bed', 'wet', { qos: 1 });
    await session.next('what was sent', (m) => m.topic === 'garden/bed');
    assert.equal(await handedOver(instance), 0);
  });
}
