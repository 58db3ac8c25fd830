/** Time as CONSOLE.md §10 says it. All functions are pure: `now` is always an argument. */

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const cache = new Map<string, Intl.DateTimeFormat>()

export interface TimeOptions {
  locale?: string
  /** IANA name; the browser's own when absent. */
  zone?: string
}

function format(when: number, options: Intl.DateTimeFormatOptions, where: TimeOptions): string {
  const key = `${where.locale ?? ''}|${where.zone ?? ''}|${JSON.stringify(options)}`
  let found = cache.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat(where.locale, where.zone ? { ...options, timeZone: where.zone } : options)
    cache.set(key, found)
  }
  return found.format(when)
}

/** 24 hours unless the language itself says otherwise: "en" alone is not a reason for am and pm. */
function hourCycle(locale: string | undefined): Intl.DateTimeFormatOptions {
  const wanted = locale ?? (typeof navigator === 'undefined' ? 'en' : navigator.language)
  return /^en-(US|CA|AU|NZ|PH|IN)$/.test(wanted) && locale !== undefined ? {} : { hourCycle: 'h23' }
}

/** Milliseconds of an RFC 3339 text or of a number; undefined for what is not a time. */
export function toMillis(time: string | number | null | undefined): number | undefined {
  if (time === null || time === undefined) return undefined
  const millis = typeof time === 'number' ? time : Date.parse(time)
  return Number.isFinite(millis) ? millis : undefined
}

/** 14:03 */
export function clock(when: number, where: TimeOptions = {}): string {
  return format(when, { hour: '2-digit', minute: '2-digit', ...hourCycle(where.locale) }, where)
}

/** 14:03:22 */
export function clockWithSeconds(when: number, where: TimeOptions = {}): string {
  return format(when, { hour: '2-digit', minute: '2-digit', second: '2-digit', ...hourCycle(where.locale) }, where)
}

/** 3 February 2026, 14:03:22 Central European Standard Time: for hover and focus. */
export function exact(when: number, where: TimeOptions = {}): string {
  return format(
    when,
    {
      day: 'numeric',
      month: 'long',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZoneName: 'short',
      ...hourCycle(where.locale),
    },
    where,
  )
}

/** 3 Feb in this year, 3 Feb 2025 in another. */
export function day(when: number, now: number, where: TimeOptions = {}): string {
  const sameYear = format(when, { year: 'numeric' }, where) === format(now, { year: 'numeric' }, where)
  const parts: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short' }
  return format(when, sameYear ? parts : { ...parts, year: 'numeric' }, dayFirst(where))
}

/** 3 Feb 2025: for facts, where the year is part of the fact. */
export function fullDay(when: number, where: TimeOptions = {}): string {
  return format(when, { day: 'numeric', month: 'short', year: 'numeric' }, dayFirst(where))
}

/** Plain "en" would put the month first; the console's English is the international one. */
function dayFirst(where: TimeOptions): TimeOptions {
  return where.locale === undefined || where.locale === 'en' ? { ...where, locale: 'en-GB' } : where
}

function dayNumber(when: number, where: TimeOptions): string {
  return format(when, { year: 'numeric', month: '2-digit', day: '2-digit' }, { ...where, locale: 'en-CA' })
}

/**
 * "now", "31 s ago", "18 min ago", "14:03", "Yesterday 14:03", "Friday", "3 Feb", "3 Feb 2025".
 * A time in the future (a clock that is ahead) reads "now" up to two minutes, then as a clock time or a day.
 */
export function since(when: number, now: number, where: TimeOptions = {}): string {
  const age = now - when
  if (age < 2 * SECOND && age > -2 * MINUTE) return 'now'
  if (age >= 0 && age < 90 * SECOND) return `${Math.floor(age / SECOND)}\u00a0s ago`
  if (age >= 0 && age < HOUR) return `${Math.floor(age / MINUTE)}\u00a0min ago`
  if (dayNumber(when, where) === dayNumber(now, where)) return clock(when, where)
  if (dayNumber(when, where) === dayNumber(now - DAY, where)) return `Yesterday ${clock(when, where)}`
  if (age > 0 && age < 7 * DAY) return format(when, { weekday: 'long' }, where)
  return day(when, now, where)
}

/** As `since`, for a log where the age does not matter but the place in the day does. */
export function logTime(when: number, now: number, where: TimeOptions = {}): string {
  if (dayNumber(when, where) === dayNumber(now, where)) return clock(when, where)
  if (dayNumber(when, where) === dayNumber(now - DAY, where)) return 'Yesterday'
  if (now - when > 0 && now - when < 7 * DAY) return format(when, { weekday: 'long' }, where)
  return day(when, now, where)
}

/** A time on either side of now, for a sentence: "14:03" today, "12 Feb 14:03" within a week, "3 Feb 2027" beyond. */
export function moment(when: number, now: number, where: TimeOptions = {}): string {
  if (dayNumber(when, where) === dayNumber(now, where)) return clock(when, where)
  const date = day(when, now, where)
  return Math.abs(when - now) < 7 * DAY ? `${date} ${clock(when, where)}` : date
}

/** A length of time in its largest sensible unit: "11 s", "14 min", "3 h", "2 days". */
export function duration(millis: number): string {
  const size = Math.max(0, millis)
  if (size < 90 * SECOND) return `${Math.round(size / SECOND)}\u00a0s`
  if (size < 90 * MINUTE) return `${Math.round(size / MINUTE)}\u00a0min`
  if (size < 36 * HOUR) return `${Math.round(size / HOUR)}\u00a0h`
  return `${Math.round(size / DAY)}\u00a0days`
}

/** Days until a deadline, for "22 days left"; 0 on the last day, negative when it is past. */
export function daysLeft(deadline: number, now: number): number {
  return Math.ceil((deadline - now) / DAY)
}

/**
 * Stale = no value for max(3 × usual interval, 90 s). `usual` is in milliseconds; 0 means that none is usual
 * (a door that is written when it moves may rest for a year), and then age alone says nothing.
 */
export function isStale(last: number | undefined, now: number, usual: number): boolean {
  if (last === undefined || usual <= 0) return false
  return now - last > Math.max(3 * usual, 90 * SECOND)
}
