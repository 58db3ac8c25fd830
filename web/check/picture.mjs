// The picture of the README: node check/picture.mjs FILE
import { withServer } from '../test/server.mjs'
import { openPage, withChromium } from './chromium.mjs'
import { pages } from './pages.mjs'

await withServer((server) =>
  withChromium({ viewport: { width: 1440, height: 1010 } }, async (context) => {
    const { page } = await openPage(context)
    await page.goto(server.url + pages.thing.path)
    await page.locator(pages.thing.ready).first().waitFor()
    await page.waitForTimeout(1200)
    const box = await page.locator('.plot').first().boundingBox()
    await page.mouse.move(box.x + box.width * 0.55, box.y + 40)
    await page.waitForTimeout(300)
    await page.screenshot({ path: process.argv[2] })
  }),
)
