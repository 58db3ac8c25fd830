// PKCS#11 tokens: SoftHSM2, and a TPM 2.0 by swtpm, stand for the hardware.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const pin = '4711-0815';

const tpmModule = '/usr/lib/x86_64-linux-gnu/libtpm2_pkcs11.so.1';
const tpmDevice = path.join(import.meta.dirname, '../peers/tpm_device.py');

function emptyDirectory(test) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-token-'));
  test.after(() => fs.rmSync(directory, { recursive: true }));
  return directory;
}

/** A directory with one token in it, and the settings that name it. */
export function makeToken(test) {
  const directory = emptyDirectory(test);
  fs.mkdirSync(path.join(directory, 'tokens'));
  const configuration = path.join(directory, 'softhsm2.conf');
  fs.writeFileSync(configuration, `directories.tokendir = ${directory}/tokens\nlog.level = ERROR\n`);
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'fastness', '--so-pin', '87654321', '--pin', pin], {
    env: { ...process.env, SOFTHSM2_CONF: configuration }, stdio: 'pipe',
  });
  return {
    'vault.keys': 'token',
    'vault.token_module': '/usr/lib/softhsm/libsofthsm2.so',
    'vault.token_label': 'fastness',
    'vault.token_paths': JSON.stringify([directory]),
    'vault.token_environment': JSON.stringify([`SOFTHSM2_CONF=${configuration}`]),
  };
}

/** A TPM of its own, which ends with the test, with one token behind tpm2-pkcs11, and the settings that name it. */
export async function makeTpmToken(test) {
  const directory = emptyDirectory(test);
  for (const name of ['state', 'store']) fs.mkdirSync(path.join(directory, name));
  const tpm = spawn('python3', [tpmDevice, path.join(directory, 'state')], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(tpm, 'exit');
  test.after(async () => {
    tpm.stdin.end();
    await ended;
  });
  const device = String(await Promise.race([
    once(tpm.stdout, 'data'),
    ended.then(([status]) => Promise.reject(new Error(`the TPM ended with ${status}`))),
  ])).trim();
  const environment = { TPM2_PKCS11_STORE: path.join(directory, 'store'), TPM2_PKCS11_TCTI: `device:${device}`, TSS2_LOG: 'all+none' };
  // The module shows one empty token, by this serial number; the label makes it one that can be named.
  const initialize = (...words) => execFileSync('p11tool', ['--provider', tpmModule, '--batch', ...words], {
    env: { ...process.env, ...environment, GNUTLS_SO_PIN: '87654321', GNUTLS_PIN: pin }, stdio: 'pipe',
  });
  initialize('--initialize', '--label', 'fastness', 'pkcs11:serial=0000000000000000');
  initialize('--initialize-pin', 'pkcs11:token=fastness');
  return {
    'vault.keys': 'token',
    'vault.token_module': tpmModule,
    'vault.token_label': 'fastness',
    'vault.token_paths': JSON.stringify([environment.TPM2_PKCS11_STORE, device]),
    'vault.token_environment': JSON.stringify(Object.entries(environment).map(([name, value]) => `${name}=${value}`)),
  };
}
