import { describe, expect, test } from 'vitest'
import { timeLabel } from './axis'
import { append, curveOf, gapLimit, gapsOf, nearest, runsOf, tableOf, withGaps, type Curve } from './data'
import { holdLimits, roundLimits } from './limits'
import { sparkPath } from './spark'

const MINUTE = 60_000
const every = (step: number, count: number, start = 0): Curve => ({
  times: Array.from({ length: count }, (_, index) => start + index * step),
  values: Array.from({ length: count }, (_, index) => index),
  step: 0,
})

describe('curves', () => {
  test('steps bring their lowest and highest, raw values do not', () => {
    const steps = curveOf({ interval: 300, points: [[0, 2, 1, 3], [300_000, 4, 4, 4]] })
    expect(steps).toEqual({ times: [0, 300_000], values: [2, 4], mins: [1, 4], maxs: [3, 4], step: 300_000, read: 2 })
    expect(curveOf({ interval: 0, points: [[0, true], [1, false], [2, 'x']] })).toEqual({ times: [0, 1, 2], values: [1, 0, null], step: 0 })
  })

  test('a hole of three usual distances is a gap, and no line is drawn across it', () => {
    const curve = every(5 * MINUTE, 5)
    const holed: Curve = { ...curve, times: [...curve.times, 60 * MINUTE], values: [...curve.values, 9] }
    expect(gapLimit(holed)).toBe(15 * MINUTE)
    expect(gapsOf(holed)).toEqual([{ from: 20 * MINUTE, to: 60 * MINUTE, fromValue: 4, toValue: 9 }])
    const drawn = withGaps(holed)
    expect(drawn.values).toEqual([0, 1, 2, 3, 4, null, 9])
    expect(drawn.times[5]).toBeGreaterThan(20 * MINUTE)
    expect(drawn.times[5]).toBeLessThan(60 * MINUTE)
  })

  test('values that come in less than 90 s never make a gap', () => {
    const curve = every(1000, 10)
    expect(gapsOf({ ...curve, times: [...curve.times, 60_000], values: [...curve.values, 1] })).toEqual([])
  })

  test('a live value joins once, at the end', () => {
    const curve = append(every(1000, 2), 5000, 7)
    expect(curve.times).toEqual([0, 1000, 5000])
    expect(append(curve, 5000, 8)).toBe(curve)
    expect(append(curve, 4000, 8)).toBe(curve)
    expect(append({ times: [0], values: [1], mins: [0], maxs: [2], step: 300_000 }, 9, 5).maxs).toEqual([2, 5])
  })

  test('runs of a switch, cut to the window, the last one still going', () => {
    const curve: Curve = { times: [0, 10, 20, 30, 40], values: [1, 1, 0, 0, 1], step: 0 }
    expect(runsOf(curve, 5, 50)).toEqual([{ from: 5, to: 20 }, { from: 40, to: 50 }])
    expect(runsOf(curve, 21, 39)).toEqual([])
  })

  test('a step in which a switch was both counts as on, and leaves it off', () => {
    const curve: Curve = { times: [0, 100, 300], values: [0.5, 0.4, 1], mins: [0, 0, 1], maxs: [1, 1, 1], step: 100 }
    expect(runsOf(curve, 0, 500)).toEqual([{ from: 0, to: 100 }, { from: 100, to: 200 }, { from: 300, to: 500 }])
  })

  test('a table has one row per time, newest first, and leaves cells empty', () => {
    const rows = tableOf([{ times: [1, 2], values: [10, 20], step: 0 }, { times: [2, 3], values: [1, 0], step: 0 }], 0, 2)
    expect(rows).toEqual([{ time: 2, values: [20, 1] }, { time: 1, values: [10, undefined] }])
  })

  test('a table keeps to the steps that were read, and fills in the state of switches', () => {
    const steps = append(curveOf({ interval: 1, points: [[1000, 1, 1, 1], [2000, 2, 2, 2], [3000, 3, 3, 3]] }), 3500, 9)
    const pump: Curve = { times: [1500, 2500], values: [1, 0], step: 0 }
    expect(tableOf([steps, pump], 0, 9000, new Set([1]))).toEqual([
      { time: 3000, values: [3, 0] },
      { time: 2000, values: [2, 1] },
      { time: 1000, values: [1, undefined] },
    ])
    expect(tableOf([pump], 0, 9000, new Set([0])).map((row) => row.time)).toEqual([2500, 1500])
  })

  test('the nearest point', () => {
    expect([-5, 4, 6, 14, 99].map((time) => nearest([0, 10, 20], time))).toEqual([0, 0, 1, 1, 2])
    expect(nearest([], 5)).toBe(-1)
  })
})

describe('limits', () => {
  test('are round', () => {
    expect(roundLimits(37.2, 46.9, false)).toEqual({ low: 35, high: 50 })
    expect(roundLimits(15, 26, true)).toEqual({ low: 0, high: 30 })
    const flat = roundLimits(20, 20, false)
    expect(flat.low).toBeLessThan(20)
    expect(flat.high).toBeGreaterThan(20)
  })

  test('hold still until the data leaves them or hardly fills them', () => {
    const held = { low: 30, high: 50 }
    expect(holdLimits(held, 33, 48, false)).toBe(held)
    expect(holdLimits(held, 29, 48, false)).not.toBe(held)
    expect(holdLimits(held, 40, 42, false)).toEqual({ low: 40, high: 42 })
  })
})

test('time labels: clock times in a day, days in a month, months in a year', () => {
  const midnight = new Date(2026, 1, 10).getTime()
  const hour = 3_600_000
  expect(timeLabel(midnight + 9 * hour, hour, 24 * hour, midnight)).toBe('09:00')
  expect(timeLabel(midnight, hour, 24 * hour, midnight)).toBe('00:00')
  expect(timeLabel(midnight, 12 * hour, 7 * 24 * hour, midnight)).toBe('10 Feb')
  expect(timeLabel(midnight, 24 * hour, 30 * 24 * hour, midnight)).toBe('10 Feb')
  expect(timeLabel(midnight, 31 * 24 * hour, 365 * 24 * hour, midnight)).toBe('Feb')
})

test('a sparkline needs two points', () => {
  expect(sparkPath([1])).toBe('')
  expect(sparkPath([0, 10])).toBe('M0.0 26.0L100.0 4.0')
})
