import type { Thing } from '../../api/types'
import { parseFilter } from '../devices/filter'

const names = new Intl.Collator(undefined, { numeric: true })

/** For sorting. */
export const byName = (a: Thing, b: Thing): number => names.compare(a.name, b.name)

/** Free words look at names and properties; `tag:key=value` at tags. All must hold. */
export function thingMatches(thing: Thing, text: string): boolean {
  return parseFilter(text).every((clause) => {
    if (clause.kind === 'tag') {
      const [key = '', value] = clause.text.split(/[=:]/, 2)
      return Object.entries(thing.tags).some(
        ([name, content]) => name.toLowerCase() === key && (value === undefined || content.toLowerCase().startsWith(value)),
      )
    }
    const words = [thing.name, thing.id, thing.device_name ?? '', ...thing.properties.flatMap((property) => [property.name, property.variable_name])]
    return words.some((word) => word.toLowerCase().includes(clause.text))
  })
}
