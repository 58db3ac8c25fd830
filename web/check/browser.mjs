// Looks at the built console in Chromium, under the real Content-Security-Policy: accessibility (axe), nothing that
// sticks out sideways, nothing too small to hit, no foreign request, no complaint of the browser; then walks through
// what a person does. Ends with 1 when anything is found. `node check/browser.mjs [pages|walks]`
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { withServer } from '../test/server.mjs'
import { openPage, withChromium } from './chromium.mjs'
import { pages } from './pages.mjs'
import { walks } from './walks.mjs'

const only = process.argv[2]
const axeSource = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const findings = []
let looked = 0

/** Injected through the debugger, past the page's policy, which would rightly refuse it. */
async function axe(context, page) {
  const devtools = await context.newCDPSession(page)
  await devtools.send('Runtime.evaluate', { expression: axeSource })
  const expression = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map((v) =>
    v.impact + ' ' + v.id + ': ' + v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + (n.any[0]?.message ?? '')).join(' | '))))`
  const { result } = await devtools.send('Runtime.evaluate', { expression, awaitPromise: true })
  await devtools.detach()
  return JSON.parse(result.value)
}

/** Runs in the page: what is wider than the window, and what is smaller than 24 px. */
function measure() {
  const width = document.documentElement.clientWidth
  const scrolls = (element) => {
    for (let parent = element.parentElement; parent; parent = parent.parentElement) {
      if (parent.scrollWidth > parent.clientWidth && getComputedStyle(parent).overflowX !== 'visible') return true
    }
    return false
  }
  const name = (element) => `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}`
  const wide = [...document.querySelectorAll('body *')]
    .filter((element) => {
      const box = element.getBoundingClientRect()
      return box.width > 0 && box.right > width + 1 && !element.closest('.sr') && !scrolls(element)
    })
    .map((element) => `${name(element)} reaches ${Math.round(element.getBoundingClientRect().right)} of ${width}`)
  const clipped = [...document.querySelectorAll('body *')]
    .filter((element) => {
      const style = getComputedStyle(element)
      const hides = style.overflowX === 'hidden' && style.textOverflow !== 'ellipsis'
      return hides && element.scrollWidth > element.clientWidth + 1 && !element.matches('.sr, .seal *, .uplot *, input')
    })
    .map((element) => `${name(element)} hides ${element.scrollWidth - element.clientWidth} px of its content`)
  const small = [...document.querySelectorAll('a.btn, button, input:not([type="radio"], [type="checkbox"]), select, .place, .tabs a')]
    .filter((element) => {
      const box = element.getBoundingClientRect()
      return box.width > 0 && (box.height < 23.5 || box.width < 23.5)
    })
    .map((element) => `${name(element)} "${element.textContent.trim().slice(0, 20)}" is under 24 px`)
  const sideways = document.documentElement.scrollWidth - width
  return [...(sideways > 0 ? [`the page is ${sideways} px too wide`] : []), ...wide.slice(0, 4), ...clipped.slice(0, 4), ...small.slice(0, 4)]
}

async function look(server, theme, width) {
  const options = {
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    forcedColors: theme === 'forced' ? 'active' : 'none',
    viewport: { width, height: 900 },
    hasTouch: width === 360,
    reducedMotion: 'reduce',
  }
  await withChromium(options, async (context) => {
    for (const [name, shape] of Object.entries(pages)) {
      for (const finding of await findingsOf(server, context, shape)) findings.push(`${name}, ${theme}, ${width}: ${finding}`)
      looked += 1
    }
  })
}

async function findingsOf(server, context, { path, signedIn = true, ready, owes = 'nothing' }) {
  server.farm.session.second_factor = owes
  const { page, complaints } = await openPage(context, signedIn)
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !/^(data|blob|chrome-error):/.test(request.url())) complaints.push(`foreign request ${request.url()}`)
  })
  await page.goto(server.url + path)
  await page.locator('h1').first().waitFor()
  if (ready) await page.locator(ready).first().waitFor()
  await page.waitForTimeout(150)
  const found = [...(await axe(context, page)), ...(await page.evaluate(measure)), ...complaints]
  await page.close()
  return found
}

if (only !== 'walks') {
  await withServer(async (server) => {
    const themes = process.env.FASTNESS_THEMES?.split(',') ?? ['light', 'dark', 'forced']
    for (const theme of themes) for (const width of [1440, 360]) await look(server, theme, width)
    await look(server, 'light', 768)
  })
}
if (only !== 'pages') {
  const desk = { viewport: { width: 1440, height: 900 }, acceptDownloads: true }
  for (const [name, walk] of Object.entries(walks)) {
    try {
      const complaints = await withServer((server) =>
        withChromium(desk, (context) => {
          context.setDefaultTimeout(8000)
          return walk({ server, context, openPage })
        }),
      )
      for (const complaint of complaints ?? []) findings.push(`${name}: ${complaint}`)
    } catch (error) {
      findings.push(`${name}: ${error.message.split('\n').slice(0, 6).join(' / ')}`)
    }
    looked += 1
  }
}
for (const finding of findings) console.error(finding)
console.log(`browser: ${looked} looks, ${findings.length} findings`)
process.exit(findings.length > 0 ? 1 : 0)
