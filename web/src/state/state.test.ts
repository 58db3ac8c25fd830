import { describe, expect, test, vi } from 'vitest'
import type { Device, Thing } from '../api/types'
import { linkWords } from '../shell/link-words'
import { rank, score } from '../shell/find'
import { catalog, merge } from './catalog.svelte'
import { parsePath } from './router.svelte'
import { isSettled, phaseOf, sameValue, shownValue, type Write } from './write'

describe('a write to a board', () => {
  const write: Write = { wanted: true, startedAt: 0, acceptedAt: 100 }
  const off = merge(undefined, false, -60_000, 'device', 0)
  const stored = merge(off, true, 110, 'user', 0)

  test('shows intent at once, then says that no answer came, then returns', () => {
    expect([0, 4_999, 5_000, 29_999, 30_000].map((now) => phaseOf(write, stored, now))).toEqual(['asking', 'asking', 'quiet', 'quiet', 'returned'])
    expect(shownValue(write, stored, 1_000)).toBe(true)
    expect(shownValue(write, stored, 30_000)).toBe(false)
  })

  test('is settled by the board alone, not by what the server stored', () => {
    expect(isSettled(write, stored)).toBe(false)
    const echoed = merge(stored, true, 400, 'device', 0)
    expect(isSettled(write, echoed)).toBe(true)
    expect(phaseOf(write, echoed, 60_000)).toBe('none')
  })

  test('is settled by a board that answers with another value', () => {
    const refused = merge(stored, false, 400, 'device', 0)
    expect(isSettled(write, refused)).toBe(true)
    expect(shownValue(write, refused, 1_000)).toBe(false)
  })

  test('is not settled by an old report that equals the wish', () => {
    expect(isSettled(write, merge(undefined, true, -60_000, 'device', 0))).toBe(false)
  })

  test('that the server refused returns at once', () => {
    const failed = { ...write, fault: 'Soil goes from 0 to 100.' }
    expect(phaseOf(failed, off, 10)).toBe('refused')
    expect(shownValue(failed, off, 10)).toBe(false)
  })

  test('numbers of a board are floats: close enough is the same', () => {
    expect(sameValue(35, 35.0000004)).toBe(true)
    expect(sameValue(35, 36)).toBe(false)
    expect(sameValue({ swi: true, bri: 60 }, { swi: true, bri: 60.00001 })).toBe(true)
    expect(sameValue({ swi: true }, { swi: true, bri: 60 })).toBe(false)
  })
})

test('a value keeps the last word of the board', () => {
  const board = merge(undefined, 1, 100, 'device', 5_000)
  const asked = merge(board, 2, 200, 'user', 0)
  expect(asked).toEqual({ value: 2, time: 200, source: 'user', usual: 5_000, confirmed: { value: 1, time: 100 } })
})

test('a board that says a value is heard from now, and one that is only written to is not', () => {
  vi.useFakeTimers({ now: Date.parse('2026-05-01T12:00:00Z') })
  const said = { property_id: 'p', thing_id: 't', value: 1, time: '2026-04-30T00:00:00Z' }
  const heard = () => catalog.devices.get('d')?.last_seen
  catalog.receiveDevice({ id: 'd', name: 'gh', thing_id: 't', last_seen: '2026-05-01T11:00:00Z' } as Device)
  catalog.keepThing({ id: 't', name: 'Greenhouse', device_id: 'd', properties: [] } as unknown as Thing)
  catalog.receiveValues([{ ...said, source: 'user' }])
  vi.advanceTimersByTime(1_000)
  expect(heard()).toBe('2026-05-01T11:00:00Z')
  catalog.receiveValues([{ ...said, source: 'device' }])
  vi.advanceTimersByTime(1_000)
  expect(Date.parse(heard()!)).toBeGreaterThanOrEqual(Date.parse('2026-05-01T12:00:00Z'))
  catalog.clear()
  vi.useRealTimers()
})

test('the link: a ring after 2 s, words after 8 s', () => {
  expect(linkWords('live', undefined, undefined, 0)).toMatchObject({ text: 'Live', dot: '' })
  expect(linkWords('waiting', 0, 3_000, 1_000)).toMatchObject({ text: 'Live', dot: '' })
  expect(linkWords('waiting', 0, 3_000, 2_500)).toMatchObject({ text: 'Live', dot: 'stale' })
  expect(linkWords('waiting', 0, 17_000, 9_000)).toMatchObject({ text: 'No link, next try in 8\u00a0s', dot: 'off', retry: true })
  expect(linkWords('connecting', 0, undefined, 9_000)).toMatchObject({ text: 'No link, trying…', retry: false })
})

test('paths', () => {
  const id = '5d0c2c1e-8a4f-4f0b-9e53-1b7ad2c9f406'
  expect(parsePath('/')).toEqual({ page: 'home', path: '/' })
  expect(parsePath('/things/')).toEqual({ page: 'things', path: '/things' })
  expect(parsePath(`/devices/${id}`)).toEqual({ page: 'device', id, path: `/devices/${id}` })
  for (const path of ['/devices/1', `/devices/${id}/x`, '/constructor', '/__proto__', '/api/v1', '//evil.example']) {
    expect(parsePath(path).page).toBe('not-found')
  }
})

describe('the palette', () => {
  const entry = (text: string, group = 'Things and devices', words: string[] = []) => ({ key: text, text, group, words })

  test('the start of a name beats the start of a word, that beats its inside', () => {
    const names = ['Goat barn', 'North barn', 'Barn 2', 'Handlebarns'].map((name) => entry(name))
    expect(rank(names, 'barn', 10).map((found) => found.text)).toEqual(['Barn 2', 'Goat barn', 'North barn', 'Handlebarns'])
  })

  test('every word must be found, in the name, an id or a tag', () => {
    expect(score(entry('gh-north-1', '', ['5d0c2c1e', 'site', 'north']), '5d0c north')).toBeGreaterThan(0)
    expect(score(entry('gh-north-1'), 'north south')).toBe(0)
  })

  test('without words the groups stand in their order', () => {
    const found = rank([entry('Home', 'Go to'), entry('A', 'Do'), entry('Audit', 'Go to')], '', 10)
    expect(found.map((one) => one.text)).toEqual(['Home', 'Audit', 'A'])
  })
})
