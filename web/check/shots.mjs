// Pictures of every page for a person to look at: node check/shots.mjs OUTPUT [page ...]
import fs from 'node:fs'
import path from 'node:path'
import { withServer } from '../test/server.mjs'
import { openPage, withChromium } from './chromium.mjs'
import { pages } from './pages.mjs'

const [output = 'test/output', ...wanted] = process.argv.slice(2)

async function shoot(server, context, file, { path: where, signedIn = true, ready, owes = 'nothing' }) {
  server.farm.session.second_factor = owes
  const { page, complaints } = await openPage(context, signedIn)
  await page.goto(server.url + where)
  await page.locator('h1').first().waitFor()
  if (ready) await page.locator(ready).first().waitFor()
  const { width } = page.viewportSize()
  const height = await page.evaluate(() => document.documentElement.scrollHeight)
  await page.setViewportSize({ width, height })
  await page.waitForTimeout(900)
  await page.screenshot({ path: file, fullPage: true })
  for (const complaint of complaints) console.log(path.basename(file), complaint)
  await page.close()
}

fs.mkdirSync(output, { recursive: true })
const chosen = Object.entries(pages).filter(([name]) => wanted.length === 0 || wanted.includes(name))
await withServer(async (server) => {
  for (const theme of ['light', 'dark']) {
    for (const width of [1440, 360]) {
      const options = { colorScheme: theme, viewport: { width, height: width === 360 ? 740 : 900 }, hasTouch: width === 360, reducedMotion: 'reduce' }
      await withChromium(options, async (context) => {
        for (const [name, shape] of chosen) await shoot(server, context, path.join(output, `${name}-${theme}-${width}.png`), shape)
      })
    }
  }
})
