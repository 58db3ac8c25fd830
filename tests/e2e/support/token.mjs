// A PKCS#11 token: SoftHSM2 stands for the hardware.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const pin = '4711-0815';

/** A directory with one token in it, and the settings that name it. */
export function makeToken(test) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-token-'));
  test.after(() => fs.rmSync(directory, { recursive: true }));
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
