// What a person does, step by step. Each walk gets its own server and browser, and fails by throwing; what it
// returns are complaints of the browser that are findings too.
import assert from 'node:assert/strict'
import { id } from '../test/fixture.mjs'

const thing = `/things/${id(4, 1)}`

async function open({ server, context, openPage }, path, signedIn = true) {
  const opened = await openPage(context, signedIn)
  await opened.page.goto(server.url + path)
  await opened.page.locator('h1').first().waitFor()
  return opened
}

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() || document.activeElement?.id || document.activeElement?.tagName)

export const walks = {
  async 'a stranger is sent to sign in, and back to where they wanted to go'(tools) {
    const { page, complaints } = await open(tools, '/devices', false)
    await page.getByLabel('E-mail').fill('ada@hillside.example')
    await page.getByLabel('Password', { exact: true }).fill('wrong')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByText('do not go together').waitFor()
    assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '')
    await page.getByLabel('Password', { exact: true }).fill('right enough')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor()
    assert.equal(new URL(page.url()).pathname, '/devices')
    return complaints.filter((text) => !text.includes('401'))
  },

  async 'whoever is suspended is told so with the right password, and with no other'(tools) {
    const { page, complaints } = await open(tools, '/sign-in', false)
    const attempt = async (password) => {
      await page.getByLabel('E-mail').fill('ada@hillside.example')
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    }
    await attempt('wrong')
    await page.getByText('do not go together').waitFor()
    assert.equal(await page.getByText('suspended').count(), 0)
    await attempt('suspended')
    await page.getByRole('alert').getByText('This account is suspended.').waitFor()
    await page.getByText('Ask them why.').waitFor()
    assert.equal(await page.getByText('do not go together').count(), 0)
    assert.equal(await page.getByText('Lost your password?').count(), 0)
    return complaints.filter((text) => !text.includes('401') && !text.includes('403'))
  },

  async 'the set-up link makes the first person, and its token leaves the address'(tools) {
    const { page, complaints } = await open(tools, '/setup#good', false)
    await page.getByLabel('Your e-mail').fill('ada@hillside.example')
    await page.getByLabel('Password', { exact: true }).fill('short')
    await page.getByText('7 more to go').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Set up' }).isDisabled(), true)
    await page.getByLabel('Password', { exact: true }).fill('four words will do')
    await page.getByRole('button', { name: 'Set up' }).click()
    await page.getByRole('heading', { name: 'Two things need you' }).waitFor()
    assert.ok(!page.url().includes('good'))
    return complaints
  },

  async 'values move by themselves, and a control waits for the board'(tools) {
    const { page, complaints } = await open(tools, thing)
    const wind = page.locator('.strip .val', { hasText: 'Light' }).locator('.n')
    await wind.waitFor()
    const pump = page.getByRole('switch', { name: 'Pump' })
    assert.equal(await pump.isChecked(), false)
    await pump.click()
    await page.getByText('Turning on…', { exact: true }).waitFor()
    await page.getByText(/^On, confirmed by the board/).first().waitFor()
    assert.equal(await pump.isChecked(), true)
    return complaints
  },

  async 'a board that does not answer: no answer yet, then back to what it last said'(tools) {
    tools.server.live.deaf = true
    const { page, complaints } = await open(tools, thing)
    await page.clock.install()
    await page.goto(tools.server.url + thing)
    const pump = page.getByRole('switch', { name: 'Pump' })
    await pump.click()
    await page.getByText('Turning on…', { exact: true }).waitFor()
    await page.clock.runFor(6_000)
    await page.getByText('No answer yet. Asked for On.', { exact: true }).waitFor()
    await page.clock.runFor(26_000)
    await page.getByText('No answer in 30 s. The board last said Off.', { exact: true }).waitFor()
    assert.equal(await pump.isChecked(), false)
    return complaints
  },

  async 'a lost link clears nothing, says so, and comes back'(tools) {
    const { page, complaints } = await open(tools, thing)
    await page.locator('.strip .n').first().waitFor()
    await page.waitForFunction(() => document.querySelector('.top .status')?.textContent?.includes('Live'))
    const before = await page.locator('.strip .val').count()
    await page.clock.install()
    await tools.context.setOffline(true)
    for (const socket of tools.server.live.sockets) socket.terminate()
    await page.waitForTimeout(50)
    await page.clock.runFor(12_000)
    await page.getByText(/No link/).first().waitFor()
    assert.equal(await page.locator('.strip .val').count(), before)
    await tools.context.setOffline(false)
    await page.clock.runFor(40_000)
    await page.waitForFunction(() => document.querySelector('.top .status')?.textContent?.trim() === 'Live')
    return complaints.filter((text) => !/ERR_INTERNET_DISCONNECTED|WebSocket/.test(text))
  },

  async 'the chart: keys, zoom by drag, back to now, the same as a table'(tools) {
    const { page, complaints } = await open(tools, thing)
    await page.locator('.plot canvas').first().waitFor()
    const plots = page.getByRole('group', { name: /^Charts of/ })
    await plots.focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Shift+ArrowRight')
    await page.getByText(/Temperature .*Humidity .*Soil moisture/).first().waitFor()
    const box = await page.locator('.plot').first().boundingBox()
    await page.mouse.move(box.x + 200, box.y + 60)
    await page.mouse.down()
    await page.mouse.move(box.x + 320, box.y + 60, { steps: 5 })
    await page.mouse.up()
    await page.getByRole('button', { name: 'Back to now' }).click()
    await page.getByRole('heading', { name: 'Last 24 hours' }).waitFor()
    await page.getByRole('button', { name: '7 d' }).click()
    await page.getByRole('heading', { name: 'Last 7 days' }).waitFor()
    await page.locator('h1').click()
    await page.keyboard.press('c')
    await page.getByRole('region', { name: 'History as a table' }).waitFor()
    assert.ok((await page.locator('.history tbody tr').count()) > 50)
    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export this stretch' }).click()
    await page.getByRole('menuitem', { name: 'What is shown, as CSV' }).click()
    assert.match((await download).suggestedFilename(), /^greenhouse-north-.*\.csv$/)
    return complaints
  },

  async 'a failed history keeps the page and offers to try again'(tools) {
    tools.server.failing = /history/
    const { page, complaints } = await open(tools, thing)
    await page.locator('.history').getByText('History can’t be read right now.').waitFor()
    assert.ok((await page.locator('.strip .n').count()) >= 4)
    tools.server.failing = undefined
    await page.locator('.history').getByRole('button', { name: 'Retry' }).click()
    await page.locator('.history [role=alert]').waitFor({ state: 'detached' })
    return complaints.filter((text) => !text.includes('503'))
  },

  async 'a device is added, its key shown once, and Esc does not lose it'(tools) {
    const { page, complaints } = await open(tools, '/devices')
    await page.getByRole('button', { name: 'Add a device' }).first().click()
    await page.getByLabel('Name').fill('barn-3')
    await page.getByRole('dialog').getByRole('button', { name: 'Add the device' }).click()
    await page.getByText('Kf3Il1O0@S5B8x!vQ2mZ7pTc').first().waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    assert.equal(await page.getByText('Kf3Il1O0@S5B8x!vQ2mZ7pTc').first().isVisible(), true)
    await page.getByRole('button', { name: 'I have kept the key' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    assert.equal(await page.getByText('Kf3Il1O0@S5B8x!vQ2mZ7pTc').count(), 0)
    await page.getByRole('link', { name: 'barn-3' }).waitFor()
    return complaints
  },

  async 'a refused certificate request is corrected in place'(tools) {
    const { page, complaints } = await open(tools, '/devices?add')
    assert.equal(new URL(page.url()).search, '')
    await page.getByLabel('Name').fill('barn-4')
    await page.getByLabel(/A certificate/).check()
    await page.getByLabel(/Certificate request/).fill('hello')
    await page.getByRole('button', { name: 'Issue the certificate' }).click()
    await page.getByText('This is not a certificate request in PEM.').waitFor()
    await page.getByLabel(/Certificate request/).fill('-----BEGIN CERTIFICATE REQUEST-----')
    await page.getByRole('button', { name: 'Issue the certificate' }).click()
    await page.getByText(/entry 1201 of the ledger/).waitFor()
    return complaints.filter((text) => !text.includes('400'))
  },

  async 'suspend and let in again; revoke asks for the name'(tools) {
    const { page, complaints } = await open(tools, `/devices/${id(3, 1)}`)
    await page.getByRole('button', { name: 'Suspend' }).click()
    await page.getByLabel(/Why/).fill('lent out')
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click()
    await page.getByText('Why it is not let in').waitFor()
    await page.getByRole('button', { name: 'Let in again' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Let in' }).click()
    await page.getByText('Why it is let in').waitFor()
    await page.getByRole('button', { name: 'Revoke…' }).click()
    const revoke = page.getByRole('dialog').getByRole('button', { name: 'Revoke gh-north-1' })
    assert.equal(await revoke.isDisabled(), true)
    await page.getByLabel(/Type gh-north-1/).fill('gh-north-1')
    await revoke.click()
    await page.locator('.idcard').getByText('Revoked').first().waitFor()
    return complaints
  },

  async 'a property is added; faults stand at their fields'(tools) {
    const { page, complaints } = await open(tools, thing)
    await page.getByRole('button', { name: 'Add a property' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Add the property' }).click()
    await page.getByText('It needs a name.').waitFor()
    await page.getByRole('dialog').getByLabel('Name').fill('Roof heater')
    await page.getByLabel('What it is').selectOption('STATUS')
    await page.getByLabel(/People and programs may write/).check()
    await page.getByRole('dialog').getByRole('button', { name: 'Add the property' }).click()
    await page.getByRole('switch', { name: 'Roof heater' }).waitFor()
    return complaints
  },

  async 'a claim code is made and shown once, with its picture; who waits is let in by their key'(tools) {
    const { page, complaints } = await open(tools, '/claims?add')
    await page.getByLabel('Label', { exact: true }).fill('attic')
    await page.getByRole('button', { name: 'Make the code' }).click()
    await page.getByText('FC-7M3K-0PXV-9ZDB-WH52-J').waitFor()
    await page.getByRole('img', { name: 'The claim code as a QR code' }).waitFor()
    await page.getByText('I have kept the code').click()
    await page.getByRole('button', { name: 'Approve b827eb01…' }).click()
    await page.getByText('Compare the key').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Approve' }).click()
    await page.getByText(/b827eb01 may come in/).waitFor()
    await page.getByRole('button', { name: 'Revoke lot-7…' }).click()
    await page.getByText('Devices that it let in stay').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText(/The code lot-7 was revoked at/).waitFor()
    return complaints
  },

  async 'a claim certificate is registered by its public half, and revoked'(tools) {
    const { page, complaints } = await open(tools, '/claims')
    await page.getByRole('button', { name: 'Register one' }).click()
    await page.getByLabel('Certificate, PEM').fill('-----BEGIN PRIVATE KEY-----')
    await page.getByText('There is a private key in this').waitFor()
    assert.equal(await page.getByRole('button', { name: 'Register', exact: true }).isDisabled(), true)
    await page.getByLabel('Certificate, PEM').fill('-----BEGIN CERTIFICATE-----')
    await page.getByLabel('Label', { exact: true }).fill('lot-9')
    await page.getByRole('button', { name: 'Register', exact: true }).click()
    await page.getByText('The claim certificate lot-9 is registered.').waitFor()
    await page.getByRole('button', { name: 'Revoke the certificate factory…' }).click()
    await page.getByText('Devices that it let in stay').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
    await page.getByText(/The claim certificate factory was revoked at/).waitFor()
    return complaints
  },

  async 'a key is made and shown once; revoking says what follows'(tools) {
    const { page, complaints } = await open(tools, '/keys?add')
    await page.getByLabel('Name', { exact: true }).fill('grafana')
    await page.getByRole('button', { name: 'Read and switch' }).click()
    assert.equal(await page.getByLabel(/write values/).isChecked(), true)
    await page.getByRole('button', { name: 'Make the key' }).click()
    await page.getByText('I have kept the secret').click()
    await page.getByRole('button', { name: 'New secret for nightly-export…' }).click()
    await page.getByRole('button', { name: 'Make a new secret' }).click()
    await page.getByText('The old one ends in 24 hours').waitFor()
    await page.getByText('I have kept the secret').click()
    await page.getByRole('button', { name: 'Revoke nightly-export…' }).click()
    await page.getByText('cut off within a second').waitFor()
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke nightly-export' }).click()
    await page.getByText(/nightly-export revoked at/).waitFor()
    return complaints
  },

  async 'by keyboard alone: skip link, palette, places, rows, filter'(tools) {
    const { page, complaints } = await open(tools, '/')
    await page.keyboard.press('Tab')
    assert.equal(await focused(page), 'Skip to content')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('goat')
    await page.getByRole('option', { name: /Goat barn/ }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Goat barn' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await page.getByRole('heading', { name: 'Devices', level: 1 }).waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('gh-')
    assert.equal(await page.locator('tbody tr').count(), 1)
    await page.keyboard.press('Escape')
    await page.locator('h1').click()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    assert.equal(await focused(page), 'barn-2')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'barn-2' }).waitFor()
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keys' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    return complaints
  },

  async 'the theme that was chosen holds, and is there before the first paint'(tools) {
    const { page, complaints } = await open(tools, '/settings')
    await page.getByRole('button', { name: 'Dark', exact: true }).click()
    await page.reload({ waitUntil: 'commit' })
    await page.waitForFunction(() => document.documentElement.dataset.theme === 'dark')
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    assert.match(ground, /oklch\(0\.18|rgb\(2\d, /)
    return complaints
  },

  async 'the policy holds: no HTML sink, and no policy of our own'(tools) {
    const { page } = await open(tools, '/')
    const refused = await page.evaluate(() => {
      const tries = {
        sink: () => (document.createElement('div').innerHTML = '<b>x</b>'),
        policy: () => window.trustedTypes.createPolicy('mine', { createHTML: (text) => text }),
      }
      return Object.entries(tries).filter(([, run]) => {
        try {
          run()
          return false
        } catch {
          return true
        }
      }).map(([name]) => name)
    })
    assert.deepEqual(refused, ['sink', 'policy'])
  },

  async 'what is not there is not confirmed to exist'(tools) {
    const { page, complaints } = await open(tools, `/devices/${id(3, 99)}`)
    await page.getByRole('heading', { name: 'Not found' }).waitFor()
    return complaints.filter((text) => !text.includes('404'))
  },
}
