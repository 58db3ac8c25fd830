// Debian's Chromium, driven by playwright-core, trusting nothing but one instance's own roots.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { chromium } from 'playwright-core';

const quiet = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** The pin, as Chromium's list wants it, of the key that a server shows to a client that checks its certificate. */
async function pinOf({ port, anchors }) {
  const socket = tls.connect({ host: 'localhost', port, ca: anchors, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  const key = socket.getPeerX509Certificate().publicKey.export({ type: 'spki', format: 'der' });
  socket.destroy();
  return createHash('sha256').update(key).digest('base64');
}

/**
 * A browser that accepts this instance's key, which was checked against its roots, and nothing else; or those of `others`, too:
 * servers at localhost as {port, anchors}.
 */
export async function openBrowser(test, instance, others = []) {
  const servers = [{ port: instance.port('https'), anchors: instance.anchors }, ...others];
  const pins = (await Promise.all(servers.map(pinOf))).join(',');
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.FASTNESS_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [...quiet, ...(process.getuid() === 0 ? ['--no-sandbox'] : []), `--ignore-certificate-errors-spki-list=${pins}`],
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
