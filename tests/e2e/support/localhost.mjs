import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A certificate for localhost, which is its own authority. */
export function makeCertificate(t) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-localhost-'));
  t.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  const key = path.join(directory, 'key.pem');
  const file = path.join(directory, 'certificate.pem');
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key,
    '-out', file, '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'], { stdio: 'pipe' });
  return { directory, file, key: fs.readFileSync(key), cert: fs.readFileSync(file) };
}
