// Certificates of every kind, most of them wrong, made with OpenSSL and with GnuTLS.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const derOf = (pem) => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64');
const pemOf = (der) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64').match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`;

/** The first element of DER, and what follows it. */
function element(der) {
  const long = der[1] & 0x80 ? der[1] & 0x7f : 0;
  const begin = 2 + long;
  const end = begin + (long ? der.readUIntBE(2, long) : der[1]);
  return { all: der.subarray(0, end), body: der.subarray(begin, end), rest: der.subarray(end) };
}

function encoded(tag, ...parts) {
  const body = Buffer.concat(parts);
  const length = body.length < 128 ? Buffer.of(body.length) : Buffer.of(0x82, body.length >> 8, body.length & 0xff);
  return Buffer.concat([Buffer.of(tag), length, body]);
}

const run = (program, args, options) => execFileSync(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });

export const profile = {
  ca: 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash',
  leaf: 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature',
};

export class Workshop {
  #keys = new Map();
  #count = 0;

  /** @param {{after: Function}} test removes everything when it ends */
  constructor(test) {
    this.directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-chains-'));
    test.after(() => fs.rmSync(this.directory, { recursive: true, force: true }));
  }

  file(name, content) {
    const place = path.join(this.directory, name);
    if (content !== undefined) fs.writeFileSync(place, content);
    return place;
  }

  /** The file of a private key; the same name is the same key. `kind` as genpkey takes it. */
  key(name, kind = ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256']) {
    if (!this.#keys.has(name)) {
      const place = this.file(`${name}.key`);
      run('openssl', ['genpkey', '-algorithm', ...kind, '-out', place]);
      this.#keys.set(name, place);
    }
    return this.#keys.get(name);
  }

  rsa(name, bits) {
    return this.key(name, ['RSA', '-pkeyopt', `rsa_keygen_bits:${bits}`]);
  }

  /** A certificate by OpenSSL, for thirty days. Without an issuer it signs itself. */
  openssl({ subject, key, issuer, extensions = '', digest = 'sha256' }) {
    const name = `c${++this.#count}`;
    const request = run('openssl', ['req', '-new', '-key', key, '-subj', `/CN=${subject}`]);
    const signer = issuer ? ['-CA', issuer.file, '-CAkey', issuer.key] : ['-signkey', key];
    const extra = extensions ? ['-extfile', this.file(`${name}.cnf`, `${extensions}\n`)] : [];
    const place = this.file(`${name}.pem`);
    const serial = ['-set_serial', String(1000 + this.#count)];
    run('openssl', ['x509', '-req', '-days', '30', `-${digest}`, ...serial, ...signer, ...extra, '-out', place], { input: request });
    return this.#made(place, key);
  }

  /** A certificate by GnuTLS, from the lines of a certtool template. */
  gnutls({ subject, key, issuer, template }) {
    const name = `c${++this.#count}`;
    const lines = [`cn = "${subject}"`, `serial = ${1000 + this.#count}`, ...template];
    if (!lines.some((line) => line.startsWith('expiration'))) lines.push('expiration_days = 30');
    const place = this.file(`${name}.pem`);
    const how = issuer
      ? ['--generate-certificate', '--load-ca-certificate', issuer.file, '--load-ca-privkey', issuer.key]
      : ['--generate-self-signed'];
    run('certtool', [...how, '--load-privkey', key, '--template', this.file(`${name}.template`, `${lines.join('\n')}\n`), '--outfile', place]);
    return this.#made(place, key);
  }

  /** The same certificate with its last bit, which is the signature's, turned over. */
  flipped(certificate) {
    const der = derOf(certificate.pem);
    der[der.length - 1] ^= 1;
    return this.#made(this.file(`c${++this.#count}.pem`, pemOf(der)), certificate.key);
  }

  /**
   * The same certificate with bytes of its signed part replaced by others of the same length, signed again by `issuer`: for
   * what neither tool will make.
   */
  altered(certificate, issuer, from, to) {
    const { body: whole } = element(derOf(certificate.pem));
    const { all: signed, rest } = element(whole);
    const { all: algorithm } = element(rest);
    const text = signed.toString('latin1');
    assert.equal(text.split(from.toString('latin1')).length, 2, 'what is replaced must be there once');
    const changed = Buffer.from(text.replace(from.toString('latin1'), () => to.toString('latin1')), 'latin1');
    const signature = crypto.sign('sha256', changed, fs.readFileSync(issuer.key));
    const der = encoded(0x30, changed, algorithm, encoded(0x03, Buffer.of(0), signature));
    return this.#made(this.file(`c${++this.#count}.pem`, pemOf(der)), certificate.key);
  }

  #made(file, key) {
    return { file, key, pem: fs.readFileSync(file, 'utf8').match(/-----BEGIN[^]*-----\n?/)[0] };
  }
}
