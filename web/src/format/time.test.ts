import { expect, test } from 'vitest'
import { daysLeft, duration, exact, isStale, logTime, moment, since, toMillis } from './time'

const utc = { locale: 'en', zone: 'UTC' }
const now = Date.parse('2026-02-10T14:30:00Z')
const ago = (seconds: number) => since(now - seconds * 1000, now, utc)
const at = (text: string) => since(Date.parse(text), now, utc)

test('an age says only what matters', () => {
  expect(ago(1)).toBe('now')
  expect(ago(31)).toBe('31\u00a0s ago')
  expect(ago(89)).toBe('89\u00a0s ago')
  expect(ago(90)).toBe('1\u00a0min ago')
  expect(ago(18 * 60)).toBe('18\u00a0min ago')
  expect(at('2026-02-10T13:03:00Z')).toBe('13:03')
  expect(at('2026-02-09T14:03:00Z')).toBe('Yesterday 14:03')
  expect(at('2026-02-06T09:00:00Z')).toBe('Friday')
  expect(at('2026-01-03T09:00:00Z')).toBe('3 Jan')
  expect(at('2025-02-03T09:00:00Z')).toBe('3 Feb 2025')
})

test('a clock that is ahead reads now, then as a time', () => {
  expect(since(now + 60_000, now, utc)).toBe('now')
  expect(since(now + 3_600_000, now, utc)).toBe('15:30')
})

test('yesterday is of the calendar, in the zone asked for', () => {
  const late = Date.parse('2026-02-09T22:30:00Z')
  expect(since(late, now, { locale: 'en', zone: 'UTC' })).toBe('Yesterday 22:30')
  expect(since(late, now, { locale: 'en', zone: 'Asia/Tokyo' })).toBe('07:30')
})

test('a log gives the place in the day', () => {
  expect(logTime(now - 60_000, now, utc)).toBe('14:29')
  expect(logTime(Date.parse('2026-02-09T01:00:00Z'), now, utc)).toBe('Yesterday')
})

test('a moment is as exact as its distance', () => {
  expect(moment(now + 3_600_000, now, utc)).toBe('15:30')
  expect(moment(now - 3_600_000, now, utc)).toBe('13:30')
  expect(moment(Date.parse('2026-02-12T06:05:00Z'), now, utc)).toBe('12 Feb 06:05')
  expect(moment(Date.parse('2026-02-09T23:59:00Z'), now, utc)).toBe('9 Feb 23:59')
  expect(moment(Date.parse('2026-06-01T06:00:00Z'), now, utc)).toBe('1 Jun')
  expect(moment(Date.parse('2027-02-01T06:00:00Z'), now, utc)).toBe('1 Feb 2027')
})

test('the exact time carries its zone', () => {
  expect(exact(now, utc)).toMatch(/10.*2026.*14:30:00.*UTC|February 10, 2026.*14:30:00 UTC/)
})

test('lengths, deadlines, and what is no time at all', () => {
  expect(duration(11_000)).toBe('11\u00a0s')
  expect(duration(14 * 60_000)).toBe('14\u00a0min')
  expect(duration(3 * 3_600_000)).toBe('3\u00a0h')
  expect(duration(50 * 3_600_000)).toBe('2\u00a0days')
  expect(daysLeft(now + 21.2 * 86_400_000, now)).toBe(22)
  expect(daysLeft(now - 1, now)).toBe(-0)
  expect(toMillis('yesterday')).toBeUndefined()
  expect(toMillis(undefined)).toBeUndefined()
})

test('a timed value is stale after three intervals, and never before 90 s', () => {
  expect(isStale(now - 89_000, now, 1_000)).toBe(false)
  expect(isStale(now - 91_000, now, 1_000)).toBe(true)
  expect(isStale(now - 91_000, now, 60_000)).toBe(false)
  expect(isStale(now - 181_000, now, 60_000)).toBe(true)
})

test('a value that is written on change is not stale by age', () => {
  expect(isStale(now - 86_400_000, now, 0)).toBe(false)
  expect(isStale(undefined, now, 1_000)).toBe(false)
})
