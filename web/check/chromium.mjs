// Debian's Chromium by playwright-core, quiet, with an empty profile.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { chromium } from 'playwright-core'

const quiet = [
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--force-device-scale-factor=1',
]

/** A browser with the given context options; `close` removes its profile. */
export async function openChromium(options = {}) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-console-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.FASTNESS_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: [...quiet, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    ...options,
  })
  return {
    context,
    close: async () => {
      await context.close()
      fs.rmSync(profile, { recursive: true, force: true })
    },
  }
}

/** A signed-in page that records every complaint of the browser. */
export async function openPage(context, signedIn = true) {
  const page = await context.newPage()
  const complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('response', (response) => response.status() === 404 && complaints.push(`404 ${response.url()}`))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.addInitScript((inside) => {
    if (inside) localStorage.setItem('fastness.signed-in', '1')
    document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))
  }, signedIn)
  return { page, complaints }
}
