/** Which of a thing's values speak for it where there is room for one or two. */
import type { Property, Thing } from '../api/types'
import { valueText } from '../format/values'
import type { LastValue } from './catalog.svelte'

/** Numbers first, then switches and words; in the thing's own order. Composites only when there is nothing else. */
export function leading(thing: Pick<Thing, 'properties'>, count: number): Property[] {
  const plain = thing.properties.filter((property) => property.kind !== 'composite')
  const weight = (property: Property) =>
    property.kind === 'number' || property.kind === 'integer' ? 0 : 1
  return (plain.length > 0 ? plain : [...thing.properties]).sort((a, b) => weight(a) - weight(b)).slice(0, count)
}

export function headline(thing: Thing, values: ReadonlyMap<string, LastValue>): string | undefined {
  const [first] = leading(thing, 1)
  const last = first && values.get(first.id)
  return first && last ? valueText(first, last.value) : undefined
}
