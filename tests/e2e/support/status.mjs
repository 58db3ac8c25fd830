// An authority that is nobody's but the test's, and what it says of its certificates (OCSP, RFC 6960): by OpenSSL, and by hand
// where times or signatures are to be others than OpenSSL writes.
import { execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const openssl = (...args) => execFileSync('openssl', args, { stdio: 'pipe' });

/** Makes one in the directory: `{certificate, key}` are files. */
export function makeAuthority(directory, name) {
  const [key, certificate] = ['key', 'pem'].map((kind) => path.join(directory, `${name}.${kind}`));
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...kind, '-keyout', key, '-out', certificate, '-subj', `/CN=${name}`, '-days', '2');
  return { name, key, certificate };
}

/** A certificate for localhost, as files: `chain` has its issuer's behind it. `features`: more lines of extensions. */
export function certify(authority, name, { kind = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'], features = '' } = {}) {
  const file = (ending) => path.join(path.dirname(authority.key), `${name}.${ending}`);
  openssl('req', '-new', '-newkey', ...kind, '-nodes', '-keyout', file('key'), '-out', file('csr'), '-subj', `/CN=${name}`);
  fs.writeFileSync(file('ext'), `subjectAltName=DNS:localhost\n${features}`);
  openssl('x509', '-req', '-in', file('csr'), '-CA', authority.certificate, '-CAkey', authority.key, '-CAcreateserial', '-days', '2', '-extfile', file('ext'), '-out', file('pem'));
  fs.writeFileSync(file('chain'), fs.readFileSync(file('pem'), 'utf8') + fs.readFileSync(authority.certificate, 'utf8'));
  return { chain: file('chain'), certificate: file('pem'), key: file('key') };
}

/** What OpenSSL's responder says of a certificate, from now on for a day. */
export function answerByOpenssl(authority, { certificate }) {
  const [index, answer] = ['index', 'answer'].map((name) => `${certificate}.${name}`);
  const { serialNumber } = new crypto.X509Certificate(fs.readFileSync(certificate));
  fs.writeFileSync(index, `V\t401231235959Z\t\t${serialNumber}\tunknown\t/CN=any\n`);
  openssl('ocsp', '-index', index, '-CA', authority.certificate, '-rsigner', authority.certificate, '-rkey', authority.key, '-issuer', authority.certificate,
    '-cert', certificate, '-ndays', '1', '-no_nonce', '-CAfile', authority.certificate, '-respout', answer);
  return fs.readFileSync(answer);
}

// --- by hand -------------------------------------------------------------------------------------

function element(tag, ...parts) {
  const content = Buffer.concat(parts);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** The elements of a structure, each whole. */
function* elementsOf(der) {
  for (let rest = der; rest.length > 0;) {
    const count = rest[1] < 0x80 ? 0 : rest[1] & 0x7f;
    const size = count === 0 ? rest[1] : rest.readUIntBE(2, count);
    yield { whole: rest.subarray(0, 2 + count + size), content: rest.subarray(2 + count, 2 + count + size) };
    rest = rest.subarray(2 + count + size);
  }
}

const sequence = (...parts) => element(0x30, ...parts);
const octets = (bytes) => element(0x04, bytes);
const identifier = (hex) => element(0x06, Buffer.from(hex, 'hex'));
const time = (date) => element(0x18, Buffer.from(`${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`));
const sha1 = (bytes) => crypto.createHash('sha1').update(bytes).digest();

/** How an answer names a certificate: by its issuer's name and key, of which SHA-1 is taken, and its number. */
function certificateId(authority, certificate) {
  const { raw } = new crypto.X509Certificate(fs.readFileSync(certificate));
  const issuer = new crypto.X509Certificate(fs.readFileSync(authority.certificate));
  const [body] = elementsOf([...elementsOf(raw)][0].content);
  const [, serial, , name] = elementsOf(body.content);
  const key = issuer.publicKey.export({ type: 'spki', format: 'der' }).subarray(-65);
  return { keyHash: sha1(key), id: sequence(sequence(identifier('2b0e03021a'), Buffer.from([5, 0])), octets(sha1(name.whole)), octets(sha1(key)), serial.whole) };
}

/** What an authority says of a P-256 certificate of its own. `by`: whose key signs it instead. */
export function answer(authority, { certificate }, { from, until, isRevoked = false, by = authority }) {
  const { keyHash, id } = certificateId(authority, certificate);
  const status = isRevoked ? element(0xa1, time(from)) : element(0x80);
  const said = sequence(id, status, time(from), element(0xa0, time(until)));
  const body = sequence(element(0xa2, octets(keyHash)), time(from), sequence(said));
  const signature = crypto.sign('sha256', body, fs.readFileSync(by.key));
  const basic = sequence(body, sequence(identifier('2a8648ce3d040302')), element(0x03, Buffer.from([0]), signature));
  return sequence(element(0x0a, Buffer.from([0])), element(0xa0, sequence(identifier('2b0601050507300101'), octets(basic))));
}
