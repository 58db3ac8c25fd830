// A thief who has the device authority's private key: the instance is made with a key that the test
// knows, for nothing exports one.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { bin } from './instance.mjs';

const subject = '/C=US/O=Arduino LLC US/OU=IT/CN=Arduino';

function openssl(...args) {
  return execFileSync('openssl', args, { stdio: 'pipe' });
}

/** A directory whose vault has this test's authority key. */
export function instanceOfThief() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-e2e-'));
  const loot = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-loot-'));
  const ec = path.join(loot, 'ec.key');
  const key = path.join(loot, 'authority.key');
  const certificate = path.join(loot, 'authority.pem');
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', ec);
  openssl('pkcs8', '-topk8', '-nocrypt', '-in', ec, '-out', key);
  openssl('req', '-x509', '-new', '-key', key, '-subj', subject, '-days', '30', '-out', certificate);
  const vault = path.join(directory, 'vault');
  execFileSync(path.join(bin, 'fastness-vault'), ['--directory', vault, '--initialise', '--import-device-authority', key], { stdio: 'pipe' });
  return { directory, loot, key, certificate };
}

/** A certificate for the board's own name and key, signed with the stolen key. */
export function forge(thief, board, name, ...extra) {
  const request = path.join(thief.loot, `${name}.csr`);
  const certificate = path.join(thief.loot, `${name}.pem`);
  openssl('req', '-new', '-sha256', '-key', board.key, '-subj', `/CN=${board.id}`, '-out', request);
  openssl(
    'x509', '-req', '-in', request, '-CA', thief.certificate, '-CAkey', thief.key, '-sha256', '-days', '30',
    '-set_serial', '0x41424344', '-out', certificate, ...extra,
  );
  return { ...board, certificate };
}
