/** The seven states of values, controls, charts and lists, as CONSOLE.md §7 words them. */
import { flushSync, mount, tick, unmount, type Component } from 'svelte'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError } from '../src/api/client'
import type { Device, Property, Thing } from '../src/api/types'
import Authority from '../src/pages/authority/Authority.svelte'
import Devices from '../src/pages/devices/Devices.svelte'
import Control from '../src/pages/thing/Control.svelte'
import History from '../src/pages/thing/History.svelte'
import Things from '../src/pages/things/Things.svelte'
import { catalog } from '../src/state/catalog.svelte'
import { clock } from '../src/state/clock.svelte'
import LiveValue from '../src/ui/LiveValue.svelte'

const NOW = Date.parse('2026-02-10T14:30:00Z')

const soil: Property = {
  id: 'p1', thing_id: 't1', name: 'Soil', variable_name: 'soil', type: 'PERCENTAGE', unit: '%', kind: 'number', permission: 'read_only',
  update_strategy: 'timed', update_parameter: 30, min: 0, max: 100, persist: true,
}
const pump: Property = { ...soil, id: 'p2', name: 'Pump', variable_name: 'pump', type: 'STATUS', unit: undefined, kind: 'boolean', permission: 'read_write', min: undefined, max: undefined, update_strategy: 'on_change', update_parameter: 0 }
const thing: Thing = { id: 't1', name: 'Greenhouse', timezone: 'Etc/UTC', tags: {}, properties: [soil, pump], created_at: '2026-01-01T00:00:00Z' }
const device: Device = { id: 'd1', name: 'gh-north-1', type: 'unor4wifi', tags: {}, status: 'online', created_at: '2026-01-01T00:00:00Z', identity: { state: 'active', auth: 'secret' } }

let mounted: Record<string, unknown>[] = []

// eslint-disable-next-line @typescript-eslint/no-explicit-any
function show(component: Component<any>, props: Record<string, unknown> = {}): HTMLElement {
  const target = document.createElement('div')
  document.body.append(target)
  mounted.push(mount(component, { target, props }))
  flushSync()
  return target
}

function text(element: Element | null): string {
  return element?.textContent?.replace(/\s+/g, ' ').trim() ?? ''
}

function report(property: Property, value: boolean | number, secondsAgo: number, source: 'device' | 'user' = 'device') {
  catalog.keepThing({ ...thing, properties: [{ ...property, value, value_updated_at: new Date(NOW - secondsAgo * 1000).toISOString(), value_source: source }] })
  flushSync()
}

/** What the server is to answer; a missing path never answers. */
let answers: Record<string, () => { status: number; json: unknown }>

beforeEach(() => {
  answers = {}
  clock.now = NOW
  vi.useFakeTimers({ now: NOW })
  vi.stubGlobal('fetch', async (path: string) => {
    const found = Object.entries(answers).find(([start]) => path.startsWith(`/api/v1${start}`))
    if (!found) return new Promise(() => {})
    const { status, json } = found[1]()
    return new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } })
  })
})

afterEach(() => {
  for (const component of mounted) void unmount(component)
  mounted = []
  document.body.replaceChildren()
  catalog.clear()
  catalog.deviceList.error = undefined
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

async function settle() {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
  await tick()
  flushSync()
}

describe('a value', () => {
  test('that never came says so', () => {
    expect(text(show(LiveValue, { property: soil, device: 'online' }))).toContain('No value yet')
  })

  test('that is live is a number with its unit', () => {
    report(soil, 41.3, 2)
    const view = show(LiveValue, { property: soil, device: 'online' })
    expect(text(view.querySelector('.n'))).toBe('41')
    expect(text(view.querySelector('.u'))).toBe('%')
    expect(view.querySelector('.stale')).toBeNull()
    expect(view.querySelector('.now')).toBeNull()
  })

  test('that changes is marked by a tick', () => {
    report(soil, 41, 2)
    const view = show(LiveValue, { property: soil, device: 'online' })
    report(soil, 43, 1)
    expect(text(view.querySelector('.n.now'))).toBe('43')
  })

  test('that is overdue is marked, with its age', () => {
    report(soil, 41, 18 * 60)
    const view = show(LiveValue, { property: soil, device: 'online' })
    expect(view.querySelector('.val.stale')).not.toBeNull()
    expect(text(view)).toContain('18 min ago')
  })

  test('of a board that is away says when it was last heard', () => {
    report(soil, 41, 5)
    const view = show(LiveValue, { property: soil, device: 'offline' })
    expect(view.querySelector('.val.stale')).not.toBeNull()
    expect(text(view)).toContain('last heard 14:29')
  })
})

describe('a control', () => {
  const toggle = (view: HTMLElement) => view.querySelector<HTMLInputElement>('input[role="switch"]')!

  function click(view: HTMLElement) {
    const input = toggle(view)
    input.checked = !input.checked
    input.dispatchEvent(new Event('change', { bubbles: true }))
    flushSync()
  }

  test('shows what the board confirmed', () => {
    report(pump, true, 60)
    const view = show(Control, { property: pump, online: true })
    expect(toggle(view).checked).toBe(true)
    expect(text(view.querySelector('.echo'))).toBe('On, confirmed by the board 14:29:00')
  })

  test('before the first value says that the board has not sent it', () => {
    expect(text(show(Control, { property: pump, online: true }).querySelector('.echo'))).toBe('The board hasn’t sent this yet')
  })

  test('is shut while the board is away, and says what it was', () => {
    report(pump, true, 60)
    const view = show(Control, { property: pump, online: false })
    expect(toggle(view).disabled).toBe(true)
    expect(text(view.querySelector('.echo'))).toBe('On when last heard, 14:29:00')
  })

  test('shows the wish at once, then that no answer came, then what the board last said', async () => {
    answers['/things/t1/properties/p2/value'] = () => ({ status: 202, json: { requested_at: new Date(NOW).toISOString() } })
    report(pump, false, 60)
    const view = show(Control, { property: pump, online: true })
    click(view)
    expect(text(view.querySelector('.echo'))).toBe('Turning on…')
    expect(toggle(view).classList.contains('asking')).toBe(true)
    await settle()
    clock.now = NOW + 6_000
    flushSync()
    expect(text(view.querySelector('.echo'))).toBe('No answer yet. Asked for On.')
    clock.now = NOW + 31_000
    flushSync()
    expect(text(view.querySelector('.echo'))).toBe('No answer in 30 s. The board last said Off.')
    expect(toggle(view).checked).toBe(false)
  })

  test('is settled by the echo of the board', async () => {
    answers['/things/t1/properties/p2/value'] = () => ({ status: 202, json: { requested_at: new Date(NOW).toISOString() } })
    report(pump, false, 60)
    const view = show(Control, { property: pump, online: true })
    click(view)
    await settle()
    catalog.receiveValues([{ property_id: 'p2', thing_id: 't1', value: true, time: new Date(NOW + 400).toISOString(), source: 'device' }])
    await vi.advanceTimersByTimeAsync(300)
    flushSync()
    expect(text(view.querySelector('.echo'))).toMatch(/^On, confirmed by the board/)
    expect(toggle(view).classList.contains('asking')).toBe(false)
  })

  test('that was refused goes back and says why', async () => {
    answers['/things/t1/properties/p2/value'] = () => ({ status: 400, json: { error: { code: 'invalid_request', message: 'Pump is a switch.' } } })
    report(pump, false, 60)
    const view = show(Control, { property: pump, online: true })
    click(view)
    await settle()
    expect(text(view.querySelector('.echo'))).toBe('Pump is a switch.')
    expect(toggle(view).checked).toBe(false)
  })

  test('that was set but never confirmed does not claim it', () => {
    report(pump, true, 60, 'user')
    expect(text(show(Control, { property: pump, online: true }).querySelector('.echo'))).toBe('On, asked for 14:29:00, not confirmed yet')
  })
})

describe('a list', () => {
  test('that is empty teaches one step', async () => {
    answers['/devices'] = () => ({ status: 200, json: { devices: [] } })
    await catalog.deviceList.load()
    expect(text(show(Devices).querySelector('.empty'))).toMatch(/No device is here yet.*fastness device create/)
  })

  test('that loads keeps the shape of its rows', () => {
    void catalog.deviceList.load()
    const view = show(Devices)
    expect(view.querySelectorAll('tbody .bone').length).toBeGreaterThan(0)
    expect(view.querySelector('.busy')).not.toBeNull()
  })

  test('that cannot be read again keeps its rows and offers to retry', async () => {
    answers['/devices'] = () => ({ status: 200, json: { devices: [device] } })
    await catalog.deviceList.load()
    const view = show(Devices)
    catalog.deviceList.error = new ApiError(503, 'unavailable', 'The server is starting.')
    flushSync()
    expect(text(view.querySelector('tbody'))).toContain('gh-north-1')
    expect(text(view.querySelector('[role="alert"]'))).toMatch(/The server is starting\..*Retry/)
  })

  test('updates a row in place, and offers the new order instead of taking it', async () => {
    answers['/devices'] = () => ({ status: 200, json: { devices: [device, { ...device, id: 'd2', name: 'a-board' }] } })
    await catalog.deviceList.load()
    const view = show(Devices)
    const names = () => [...view.querySelectorAll('tbody [data-row]')].map(text)
    expect(names()).toEqual(['a-board', 'gh-north-1'])
    catalog.receiveDevice({ ...device, status: 'offline', last_disconnect: { time: new Date(NOW - 60_000).toISOString(), reason: 'keep_alive' } })
    flushSync()
    expect(names()).toEqual(['a-board', 'gh-north-1'])
    expect(text(view.querySelector('tbody'))).toContain('Quiet since 14:29')
    const offer = [...view.querySelectorAll('button')].find((button) => text(button).includes('moved'))!
    offer.click()
    flushSync()
    expect(names()).toEqual(['gh-north-1', 'a-board'])
  })

  test('of things that is empty says what a thing is', async () => {
    answers['/things'] = () => ({ status: 200, json: { things: [] } })
    await catalog.thingList.load()
    expect(text(show(Things).querySelector('.empty'))).toMatch(/No thing is here yet/)
  })
})

describe('the authority', () => {
  const calm = {
    generations: [{ number: 1, state: 'issuing', created_at: '2026-02-01T00:00:00Z', signs_since: '2026-02-01T00:00:00Z', signs_until: '2026-03-03T00:00:00Z', fingerprint: 'ab', certificate_pem: 'PEM', devices: 2, boards: 2, stragglers: [] }],
    devices: { with_certificate: 2, without_certificate: 0, renewed: 2 },
    stragglers: [],
  }

  test('that rests shows its generations and no progress', async () => {
    answers['/ca'] = () => ({ status: 200, json: calm })
    const view = show(Authority)
    await settle()
    expect(text(view.querySelector('.sub'))).toMatch(/^Generation 1 signs device certificates since 1 Feb\. Nothing is under way/)
    expect(view.querySelector('[role="progressbar"]')).toBeNull()
    expect(text(view.querySelector('tbody'))).toContain('Issuing')
  })

  test('that cannot be read again keeps what was there, asks again by itself, and offers to retry', async () => {
    let reads = 0
    answers['/ca'] = () => (++reads === 1 ? { status: 200, json: calm } : { status: 503, json: { error: { code: 'unavailable', message: 'The vault does not answer.' } } })
    const view = show(Authority)
    await settle()
    vi.advanceTimersByTime(60_000)
    await settle()
    expect(reads).toBe(2)
    expect(text(view.querySelector('[role="alert"]'))).toMatch(/The vault does not answer\..*Retry/)
    expect(text(view.querySelector('tbody'))).toContain('Issuing')
  })

  test('that moves is read often, and not at all while nobody looks', async () => {
    let reads = 0
    const moving = { ...calm, devices: { ...calm.devices, renewed: 1 }, stragglers: [{ reason: 'due', devices: 1 }] }
    answers['/ca'] = () => ((reads += 1), { status: 200, json: moving })
    const hidden = vi.spyOn(document, 'hidden', 'get').mockReturnValue(false)
    const view = show(Authority)
    await settle()
    expect(view.querySelector('[role="progressbar"]')?.getAttribute('aria-valuetext')).toBe('1 of 2\u00a0devices renewed')
    vi.advanceTimersByTime(5_000)
    await settle()
    expect(reads).toBe(2)
    hidden.mockReturnValue(true)
    vi.advanceTimersByTime(60_000)
    await settle()
    expect(reads).toBe(2)
    hidden.mockReturnValue(false)
    document.dispatchEvent(new Event('visibilitychange'))
    await settle()
    expect(reads).toBe(3)
    hidden.mockRestore()
  })
})

describe('a history', () => {
  test('without a property to keep says how to get one', () => {
    expect(text(show(History, { thing: { ...thing, properties: [] } }))).toContain('History is kept for numbers and switches')
  })

  test('that fails keeps its place, says why and offers to retry', async () => {
    answers['/properties/'] = () => ({ status: 503, json: { error: { code: 'unavailable', message: 'History can’t be read right now.' } } })
    const view = show(History, { thing })
    await settle()
    expect(text(view.querySelector('[role="alert"]'))).toMatch(/History can’t be read right now\..*Retry/)
    expect(text(view.querySelector('h2'))).toBe('Last 24 hours')
  })

  test('without points says when the first appear', async () => {
    answers['/properties/'] = () => ({ status: 200, json: { from: '', to: '', interval: 300, points: [] } })
    const view = show(History, { thing })
    await settle()
    expect(text(view)).toContain('First points appear when the board sends them')
  })
})
