// Debian's Chromium by playwright-core, quiet, with an empty profile.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { chromium } from 'playwright-core'

const quiet = [
  '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--force-device-scale-factor=1',
]

/** Gives `use` a browser with these context options; it and its profile are gone afterwards, whatever happens. */
export async function withChromium(options, use) {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'fastness-console-'))
  let context
  try {
    context = await chromium.launchPersistentContext(profile, {
      executablePath: process.env.FASTNESS_CHROMIUM ?? '/usr/bin/chromium',
      headless: true,
      args: [...quiet, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      ...options,
    })
    return await use(context)
  } finally {
    await context?.close()
    fs.rmSync(profile, { recursive: true, force: true })
  }
}

/** A page, signed in or not, that records every complaint of the browser. */
export async function openPage(context, signedIn = true) {
  const page = await context.newPage()
  const complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('response', (response) => response.status() === 404 && complaints.push(`404 ${response.url()}`))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.addInitScript((inside) => {
    if (inside) localStorage.setItem('fastness.signed-in', '1')
    // Another page of this browser may be signed in. Once for a tab, since a person may sign in on it.
    else if (!sessionStorage.getItem('stranger')) localStorage.removeItem('fastness.signed-in')
    if (!inside) sessionStorage.setItem('stranger', '1')
    document.addEventListener('securitypolicyviolation', (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))
  }, signedIn)
  return { page, complaints }
}
