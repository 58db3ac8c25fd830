// Debian's Chromium, driven by playwright-core, trusting nothing but one instance's own roots.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The SHA-256 of the public key in a PEM certificate, as Chromium's pin list wants it. */
function pinOf(pem) {
  const key = execFileSync('openssl', ['x509', '-pubkey', '-noout'], { input: pem });
  const der = execFileSync('openssl', ['pkey', '-pubin', '-outform', 'DER'], { input: key });
  return execFileSync('openssl', ['dgst', '-sha256', '-binary'], { input: der }).toString('base64');
}

/** A browser that accepts this instance's certificates by the pins of its roots, and no others. */
export async function openBrowser(test, instance) {
  const pins = instance.anchors.toString().match(/-----BEGIN[^]+?END CERTIFICATE-----/g).map(pinOf);
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.FASTNESS_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [...quiet, ...(process.getuid() === 0 ? ['--no-sandbox'] : []), `--ignore-certificate-errors-spki-list=${pins.join(',')}`],
    viewport: { width: 1440, height: 900 },
  });
  test.after(async () => {
    await context.close();
    fs.rmSync(profile, { recursive: true, force: true });
  });
  return context;
}

/** A page that records everything a person would not want to see in its console. */
export async function openPage(context) {
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') page.complaints.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return page;
}
