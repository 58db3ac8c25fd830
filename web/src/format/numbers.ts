/** Numbers as CONSOLE.md says: the user's language, a true minus, a narrow space before the unit, nothing is never 0. */

export const NARROW_SPACE = '\u202f'
/** Between a figure and its word: as wide as any space, but never a line's end. */
export const FIRM_SPACE = '\u00a0'
export const UNKNOWN = '–'

const cache = new Map<string, Intl.NumberFormat>()

function formatter(locale: string | undefined, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = `${locale ?? ''}|${JSON.stringify(options)}`
  let found = cache.get(key)
  if (!found) {
    found = new Intl.NumberFormat(locale, options)
    cache.set(key, found)
  }
  return found
}

/** Intl writes a hyphen; a minus is as wide as a digit and reads as one. */
function trueMinus(text: string): string {
  return text.replace(/^-/, '\u2212')
}

/** How many decimals show three significant digits of `magnitude`: 2 for 3.1, 1 for 23.4, 0 for 412. */
export function decimalsFor(magnitude: number): number {
  const size = Math.abs(magnitude)
  if (!Number.isFinite(size) || size === 0) return 1
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size))))
}

/** A number with a fixed count of decimals, so that a live value never changes its width. */
export function formatNumber(value: number | null | undefined, decimals?: number, locale?: string): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return UNKNOWN
  const digits = decimals ?? (Number.isInteger(value) ? 0 : decimalsFor(value))
  const text = formatter(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value)
  // "−0.0" is a rounding artefact, not a reading.
  return trueMinus(/^-[0.,]+$/.test(text) ? text.slice(1) : text)
}

export function formatCount(value: number, locale?: string): string {
  return formatNumber(value, 0, locale)
}

/** For axes only: 12 000 becomes 12 k, 3 400 000 becomes 3.4 M. */
export function formatAxis(value: number, locale?: string): string {
  const size = Math.abs(value)
  const trim = (scaled: number, suffix: string) =>
    trueMinus(formatter(locale, { maximumFractionDigits: 1 }).format(scaled)) + NARROW_SPACE + suffix
  if (size >= 1e6) return trim(value / 1e6, 'M')
  if (size >= 1e4) return trim(value / 1e3, 'k')
  return trueMinus(formatter(locale, { maximumFractionDigits: 4 }).format(value))
}

export function withUnit(text: string, unit: string | undefined): string {
  return unit && text !== UNKNOWN ? text + NARROW_SPACE + unit : text
}

/** Binary units for facts: 3.1 GiB. */
export function formatBytes(bytes: number, locale?: string): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let scaled = bytes
  let step = 0
  while (scaled >= 1024 && step < units.length - 1) {
    scaled /= 1024
    step += 1
  }
  const digits = step === 0 || scaled >= 100 ? 0 : 1
  return `${formatNumber(scaled, digits, locale)}${FIRM_SPACE}${units[step]}`
}

/** Round decimal units for sentences: 3.1 GB. */
export function formatRoundBytes(bytes: number, locale?: string): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB']
  let scaled = bytes
  let step = 0
  while (scaled >= 1000 && step < units.length - 1) {
    scaled /= 1000
    step += 1
  }
  const digits = step === 0 || scaled >= 10 ? 0 : 1
  return `${formatNumber(scaled, digits, locale)}${FIRM_SPACE}${units[step]}`
}

const words = ['Nothing', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten', 'Eleven', 'Twelve']

/** The one place where a number is a word: the title of Home. */
export function countInWords(count: number): string {
  return words[count] ?? formatCount(count)
}

export function plural(count: number, one: string, many: string): string {
  return `${formatCount(count)}${FIRM_SPACE}${count === 1 ? one : many}`
}
