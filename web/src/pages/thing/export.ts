/** Exports of the history panel: what is shown, or every raw value from the server. */
import type { Property, Thing } from '../../api/types'
import { emptyCurve, tableOf, type Curve } from '../../chart/data'
import { fileName, toCsv } from '../../format/csv'
import { unitOf } from '../../format/values'
import { saveText } from '../../ui/copy'
import type { Window } from './ranges'

export function columnTitle(property: Property): string {
  const unit = unitOf(property)
  return unit ? `${property.name}, ${unit}` : property.name
}

/** The columns that hold the state of a switch. */
export function switchColumns(properties: Property[]): Set<number> {
  return new Set(properties.flatMap((property, index) => (property.kind === 'boolean' ? [index] : [])))
}

export function shownCsv(properties: Property[], curves: ReadonlyMap<string, Curve>, window: Window): string {
  const rows = tableOf(
    properties.map((property) => curves.get(property.id) ?? emptyCurve),
    window.from,
    window.to,
    switchColumns(properties),
  ).reverse()
  const header = ['time', ...properties.map(columnTitle)]
  return toCsv(
    header,
    rows.map((row) => [new Date(row.time).toISOString(), ...row.values]),
  )
}

export function exportShown(thing: Thing, properties: Property[], curves: ReadonlyMap<string, Curve>, window: Window): void {
  const day = new Date(window.to).toISOString().slice(0, 10)
  saveText(fileName(thing.name, day), shownCsv(properties, curves, window), 'text/csv;charset=utf-8')
}

export function rawPath(property: Property, window: Window): string {
  const query = new URLSearchParams({ from: new Date(window.from).toISOString(), to: new Date(window.to).toISOString() })
  return `/api/v1/properties/${property.id}/history.csv?${query}`
}
