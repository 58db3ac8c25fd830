/** Labels of the time axis: clock times inside a day, days beyond, months beyond those. */
import { clock, day } from '../format/time'

const HOUR = 3_600_000
const DAY = 24 * HOUR

export function timeLabel(at: number, increment: number, span: number, now: number): string {
  // The ticks are computed in fractions and may lie a moment before the full minute.
  const when = Math.round(at / 60_000) * 60_000
  const date = new Date(when)
  if (increment >= 28 * DAY) return new Intl.DateTimeFormat('en-GB', { month: 'short' }).format(when)
  if (increment >= DAY) return day(when, now)
  const midnight = date.getHours() === 0 && date.getMinutes() === 0
  return midnight && span > 36 * HOUR ? day(when, now) : clock(when)
}
