// The picture of the README: node check/picture.mjs FILE
import { startServer } from '../test/server.mjs'
import { openChromium, openPage } from './chromium.mjs'
import { pages } from './pages.mjs'

const server = await startServer()
const { context, close } = await openChromium({ viewport: { width: 1440, height: 1010 } })
const { page } = await openPage(context)
await page.goto(server.url + pages.thing.path)
await page.locator(pages.thing.ready).first().waitFor()
await page.waitForTimeout(1200)
const box = await page.locator('.plot').first().boundingBox()
await page.mouse.move(box.x + box.width * 0.55, box.y + 40)
await page.waitForTimeout(300)
await page.screenshot({ path: process.argv[2] })
await close()
await server.stop()
