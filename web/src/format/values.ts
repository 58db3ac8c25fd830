/** A property's value as a person reads it. Pure; used by tiles, tables, controls and charts alike. */
import type { Composite, Property, Value } from '../api/types'
import { colourWord, hsbToHex, type Hsb } from './color'
import { decimalsFor, formatNumber, UNKNOWN, withUnit } from './numbers'
import { propertyType, typeDecimals } from './property-types'

export interface Shown {
  text: string
  unit?: string
  /** Words are set smaller than numbers. */
  word: boolean
}

type Described = Pick<Property, 'type' | 'kind' | 'unit' | 'min' | 'max'>

const booleanWords: Record<string, [on: string, off: string]> = {
  HOME_CONTACT_SENSOR: ['Open', 'Closed'],
  HOME_MOTION_SENSOR: ['Motion', 'Still'],
}

export function booleanWord(type: string, on: boolean): string {
  const base = type.replace(/^(SMART_HOME_|GOOGLE_HOME_)/, 'HOME_')
  const [yes, no] = booleanWords[base] ?? ['On', 'Off']
  return on ? yes : no
}

/** The unit to show: what the server says, else what the type implies. */
export function unitOf(property: Described): string | undefined {
  return property.unit || propertyType(property.type)?.unit
}

/** Decimals that are held for one property: by its type, its range, or three significant digits of the value. */
export function decimalsOf(property: Described, value: number): number {
  if (property.kind === 'integer') return 0
  const known = typeDecimals(property.type, unitOf(property))
  if (known !== undefined) return known
  if (property.min !== undefined && property.max !== undefined && property.max > property.min) {
    return Math.min(3, decimalsFor(property.max - property.min))
  }
  return Number.isInteger(value) && Math.abs(value) < 10 ? 0 : Math.min(3, decimalsFor(value))
}

export function isComposite(value: Value | undefined): value is Composite {
  return typeof value === 'object' && value !== null
}

export function numberPart(value: Composite, name: string): number | undefined {
  const part = value[name]
  return typeof part === 'number' ? part : undefined
}

/** The colour of a composite that has one, else undefined. */
export function hsbOf(value: Value | undefined): Hsb | undefined {
  if (!isComposite(value)) return undefined
  const hue = numberPart(value, 'hue')
  const sat = numberPart(value, 'sat')
  const bri = numberPart(value, 'bri')
  return hue === undefined || sat === undefined || bri === undefined ? undefined : { hue, sat, bri }
}

export function colourHex(value: Value | undefined): string | undefined {
  const hsb = hsbOf(value)
  return hsb && hsbToHex({ ...hsb, bri: 100 })
}

function compositeWords(value: Composite): string {
  const parts: string[] = []
  if (typeof value.swi === 'boolean') parts.push(value.swi ? 'On' : 'Off')
  const hsb = hsbOf(value)
  const brightness = numberPart(value, 'bri')
  if (hsb) {
    const colour = `${withUnit(formatNumber(hsb.bri, 0), '%')} ${colourWord({ ...hsb, bri: 100 })}`
    if (value.swi !== false) parts.push(colour)
  } else if (brightness !== undefined && value.swi !== false) {
    parts.push(withUnit(formatNumber(brightness, 0), '%'))
  }
  const lat = numberPart(value, 'lat')
  const lon = numberPart(value, 'lon')
  if (lat !== undefined && lon !== undefined) return `${formatNumber(lat, 4)}, ${formatNumber(lon, 4)}`
  if (parts.length > 0) return parts.join(', ')
  return Object.entries(value)
    .map(([name, part]) => `${name} ${typeof part === 'number' ? formatNumber(part) : String(part)}`)
    .join(', ')
}

export function showValue(property: Described, value: Value | undefined): Shown {
  if (value === undefined) return { text: UNKNOWN, word: false }
  if (typeof value === 'boolean') return { text: booleanWord(property.type, value), word: true }
  if (typeof value === 'number') {
    return { text: formatNumber(value, decimalsOf(property, value)), unit: unitOf(property), word: false }
  }
  if (typeof value === 'string') return { text: value, word: true }
  return { text: compositeWords(value), word: true }
}

/** The same in one piece, with the narrow space. */
export function valueText(property: Described, value: Value | undefined): string {
  const shown = showValue(property, value)
  return withUnit(shown.text, shown.unit)
}

/** What a chart can draw: numbers as they are, switches as 0 and 1. */
export function isCharted(property: Pick<Property, 'kind'>): boolean {
  return property.kind === 'number' || property.kind === 'integer'
}

/** "−20 to 60", "at least 0", "–". */
export function rangeText(property: Described): string {
  const { min, max } = property
  const digits = (bound: number) => (Number.isInteger(bound) ? 0 : undefined)
  if (min !== undefined && max !== undefined) return `${formatNumber(min, digits(min))} to ${formatNumber(max, digits(max))}`
  if (min !== undefined) return `at least ${formatNumber(min, digits(min))}`
  if (max !== undefined) return `at most ${formatNumber(max, digits(max))}`
  return UNKNOWN
}

/** A fault in a number typed for this property, as a sentence; undefined when it fits. */
export function rangeFault(property: Described & { name: string }, value: number): string | undefined {
  if (!Number.isFinite(value)) return `${property.name} is a number.`
  if (property.kind === 'integer' && !Number.isInteger(value)) return `${property.name} is a whole number.`
  const { min, max } = property
  const outside = (min !== undefined && value < min) || (max !== undefined && value > max)
  return outside ? `${property.name} goes from ${rangeText(property)}.` : undefined
}
