// Pictures of every page for a person to look at: node check/shots.mjs OUTPUT [page ...]
import fs from 'node:fs'
import path from 'node:path'
import { startServer } from '../test/server.mjs'
import { openChromium, openPage } from './chromium.mjs'
import { pages } from './pages.mjs'

const [output = 'test/output', ...wanted] = process.argv.slice(2)
fs.mkdirSync(output, { recursive: true })
const server = await startServer()
for (const theme of ['light', 'dark']) {
  for (const width of [1440, 360]) {
    const { context, close } = await openChromium({ colorScheme: theme, viewport: { width, height: width === 360 ? 740 : 900 }, hasTouch: width === 360, reducedMotion: 'reduce' })
    for (const [name, { path: where, signedIn = true, ready }] of Object.entries(pages)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      const { page, complaints } = await openPage(context, signedIn)
      await page.goto(server.url + where)
      await page.locator('h1').first().waitFor()
      if (ready) await page.locator(ready).first().waitFor()
      const height = await page.evaluate(() => document.documentElement.scrollHeight)
      await page.setViewportSize({ width, height })
      await page.waitForTimeout(900)
      await page.screenshot({ path: path.join(output, `${name}-${theme}-${width}.png`), fullPage: true })
      for (const complaint of complaints) console.log(name, theme, width, complaint)
      await page.close()
    }
    await close()
  }
}
await server.stop()
