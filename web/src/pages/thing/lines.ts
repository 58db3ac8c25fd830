/** Which properties of a thing are drawn, and how they share plots. */
import type { Property } from '../../api/types'
import type { Line } from '../../chart/Plot.svelte'
import { emptyCurve, gapLimit, nearest, type Curve } from '../../chart/data'
import { isCharted, unitOf, valueText } from '../../format/values'

/** More than eight lines would need small multiples. */
export const MOST_LINES = 8

export function drawn(properties: Property[]): Property[] {
  return properties.filter((property) => isCharted(property) && property.persist).slice(0, MOST_LINES)
}

export function switches(properties: Property[]): Property[] {
  return properties.filter((property) => property.kind === 'boolean' && property.persist)
}

/** One group per unit; numbers without a unit have nothing in common and stand alone. */
export function byUnit(properties: Property[], curves: ReadonlyMap<string, Curve>, hidden: ReadonlySet<string>): Line[][] {
  const groups = new Map<string, Line[]>()
  properties.forEach((property, slot) => {
    if (hidden.has(property.id)) return
    const key = unitOf(property) ?? property.id
    const line: Line = { property, slot, curve: curves.get(property.id) ?? emptyCurve }
    groups.set(key, [...(groups.get(key) ?? []), line])
  })
  return [...groups.values()]
}

/** The values of all lines at a time, as text: "Soil moisture 43 %". */
export function readings(lines: Line[], time: number): string[] {
  return lines.flatMap(({ property, curve }) => {
    const index = nearest(curve.times, time)
    const value = curve.values[index]
    const at = curve.times[index]
    if (typeof value !== 'number' || at === undefined || Math.abs(at - time) > gapLimit(curve)) return []
    return [`${property.name} ${valueText(property, value)}`]
  })
}
