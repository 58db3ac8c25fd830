/** The windows of the history panel. */
export type RangeName = '1h' | '24h' | '7d' | '30d' | '1y'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export const ranges: { value: RangeName; text: string; title: string; millis: number }[] = [
  { value: '1h', text: '1\u00a0h', title: 'Last hour', millis: HOUR },
  { value: '24h', text: '24\u00a0h', title: 'Last 24 hours', millis: DAY },
  { value: '7d', text: '7\u00a0d', title: 'Last 7 days', millis: 7 * DAY },
  { value: '30d', text: '30\u00a0d', title: 'Last 30 days', millis: 30 * DAY },
  { value: '1y', text: '1\u00a0y', title: 'Last year', millis: 365 * DAY },
]

export function rangeOf(name: RangeName) {
  return ranges.find((range) => range.value === name)!
}

export interface Window {
  from: number
  to: number
}

/** Shortest stretch that zooming goes to. */
const SHORTEST = 10_000

/** A window that ends at `now`, moved on by whole pixels so that a line shifts and never shimmers. */
export function following(range: RangeName, now: number, pixels: number): Window {
  const { millis } = rangeOf(range)
  const pixel = Math.max(1000, millis / Math.max(100, pixels))
  const to = Math.ceil(now / pixel) * pixel
  return { from: to - millis, to }
}

export function zoomed(window: Window, factor: number, centre: number, now: number): Window {
  const span = Math.max(SHORTEST, (window.to - window.from) * factor)
  const share = (centre - window.from) / (window.to - window.from)
  const from = centre - span * share
  const to = Math.min(now, from + span)
  return { from: to - span, to }
}

/** Earlier or later by a whole window; undefined when that arrives at now and follows it again. */
export function moved(window: Window, direction: -1 | 1, now: number): Window | undefined {
  const span = window.to - window.from
  const to = window.to + direction * span
  return to >= now ? undefined : { from: to - span, to }
}
