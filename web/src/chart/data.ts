/** What charts, their tables and their exports are made of. Pure; times are milliseconds since 1970. */
import type { History } from '../api/types'

export interface Curve {
  times: number[]
  values: (number | null)[]
  /** Lowest and highest of each step; absent for raw values. */
  mins?: (number | null)[]
  maxs?: (number | null)[]
  /** Milliseconds that a point stands for; 0 for raw values. */
  step: number
  /** How many points were read; what follows arrived live and is not in step. All of them when absent. */
  read?: number
}

export interface Gap {
  from: number
  to: number
  fromValue: number
  toValue: number
}

/** A stretch in which a switch was on. */
export interface Run {
  from: number
  to: number
}

export const emptyCurve: Curve = { times: [], values: [], step: 0 }

function asNumber(value: unknown): number | null {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

export function curveOf(history: Pick<History, 'interval' | 'points'>): Curve {
  const step = history.interval * 1000
  const points = history.points.filter((point) => typeof point[0] === 'number')
  const column = (index: number) => points.map((point) => asNumber(point[index]))
  const curve: Curve = { times: points.map((point) => point[0] as number), values: column(1), step }
  return step > 0 ? { ...curve, mins: column(2), maxs: column(3), read: points.length } : curve
}

function median(numbers: number[]): number {
  if (numbers.length === 0) return 0
  const sorted = [...numbers].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)]!
}

/** Longer than this without a value is a gap: three usual distances, three steps, or 90 s. */
export function gapLimit(curve: Curve): number {
  const distances = curve.times.slice(1).map((time, index) => time - curve.times[index]!)
  return Math.max(3 * curve.step, 3 * median(distances), 90_000)
}

export function gapsOf(curve: Curve): Gap[] {
  const limit = gapLimit(curve)
  const gaps: Gap[] = []
  for (let index = 1; index < curve.times.length; index += 1) {
    const from = curve.times[index - 1]!
    const to = curve.times[index]!
    const fromValue = curve.values[index - 1]
    const toValue = curve.values[index]
    if (to - from > limit && typeof fromValue === 'number' && typeof toValue === 'number') gaps.push({ from, to, fromValue, toValue })
  }
  return gaps
}

/** The same curve with a null inside each gap, so that no line is drawn across it. */
export function withGaps(curve: Curve): Curve {
  const gaps = gapsOf(curve)
  if (gaps.length === 0) return curve
  const out: Curve = { times: [], values: [], step: curve.step, ...(curve.mins && { mins: [], maxs: [] }) }
  const starts = new Map(gaps.map((gap) => [gap.from, gap.from + Math.max(1, Math.min(curve.step, (gap.to - gap.from) / 2))]))
  curve.times.forEach((time, index) => {
    out.times.push(time)
    out.values.push(curve.values[index]!)
    out.mins?.push(curve.mins![index]!)
    out.maxs?.push(curve.maxs![index]!)
    const rest = starts.get(time)
    if (rest === undefined) return
    out.times.push(rest)
    out.values.push(null)
    out.mins?.push(null)
    out.maxs?.push(null)
  })
  return out
}

/** A live value joins at the end; one that is not newer than the last point changes nothing. */
export function append(curve: Curve, time: number, value: number): Curve {
  const last = curve.times.at(-1)
  if (last !== undefined && time <= last) return curve
  return {
    ...curve,
    times: [...curve.times, time],
    values: [...curve.values, value],
    ...(curve.mins && { mins: [...curve.mins, value], maxs: [...curve.maxs!, value] }),
  }
}

/**
 * When a switch was on, cut to the window. It stays as it was last written; a run that has not ended goes to `to`.
 * A step in which it was both on and off counts as on, and leaves it off.
 */
export function runsOf(curve: Curve, from: number, to: number): Run[] {
  const runs: Run[] = []
  let start: number | undefined
  const end = (at: number) => {
    if (start !== undefined && at > start) runs.push({ from: start, to: at })
    start = undefined
  }
  curve.times.forEach((time, index) => {
    const value = curve.values[index] ?? 0
    if (value > 0) start ??= time
    else end(time)
    if (value > 0 && value < 1) end(time + curve.step)
  })
  if (start !== undefined) runs.push({ from: start, to })
  return runs.filter((run) => run.to > from && run.from < to).map((run) => ({ from: Math.max(run.from, from), to: Math.min(run.to, to) }))
}

export interface TableRow {
  time: number
  values: (number | null | undefined)[]
}

/** What a switch was at a time: its last value until then. */
function stateAt(curve: Curve, time: number): number | null | undefined {
  const index = nearest(curve.times, time)
  if (index < 0) return undefined
  return curve.values[curve.times[index]! <= time ? index : index - 1]
}

/**
 * One row per time that a curve has, newest first, in the steps that were read. Curves in `held` are switches: they
 * make no rows of their own where there are others, and fill every row with the state they were in.
 */
export function tableOf(curves: Curve[], from: number, to: number, held: ReadonlySet<number> = new Set()): TableRow[] {
  const rows = new Map<number, TableRow>()
  const fills = held.size < curves.length ? held : new Set<number>()
  curves.forEach((curve, column) => {
    if (fills.has(column)) return
    curve.times.forEach((time, index) => {
      if (time < from || time > to || index >= (curve.read ?? Number.POSITIVE_INFINITY)) return
      let row = rows.get(time)
      if (!row) {
        row = { time, values: Array.from({ length: curves.length }) }
        rows.set(time, row)
      }
      row.values[column] = curve.values[index]
    })
  })
  for (const row of rows.values()) for (const column of fills) row.values[column] = stateAt(curves[column]!, row.time)
  return [...rows.values()].sort((a, b) => b.time - a.time)
}

/** The index of the point nearest to a time; -1 for an empty curve. */
export function nearest(times: number[], time: number): number {
  let low = 0
  let high = times.length - 1
  if (high < 0) return -1
  while (low < high) {
    const middle = (low + high) >> 1
    if (times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low > 0 && time - times[low - 1]! <= times[low]! - time ? low - 1 : low
}
