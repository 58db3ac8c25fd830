/** The filter of a list: free words, `status:offline`, `tag:site=north`, `is:needed`. All must hold. */
import type { Device } from '../../api/types'

export interface Clause {
  kind: 'word' | 'status' | 'tag' | 'is'
  text: string
}

export function parseFilter(text: string): Clause[] {
  return text
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map((part) => {
      const match = /^(status|tag|is):(.*)$/.exec(part)
      return match ? { kind: match[1] as Clause['kind'], text: match[2]! } : { kind: 'word', text: part }
    })
}

const statusWords: Record<string, string> = { live: 'online', quiet: 'offline', new: 'never' }

function tagMatches(tags: Record<string, string>, wanted: string): boolean {
  const [key = '', value] = wanted.split(/[=:]/, 2)
  return Object.entries(tags).some(
    ([name, content]) => name.toLowerCase() === key && (value === undefined || content.toLowerCase().startsWith(value)),
  )
}

function wordMatches(words: (string | undefined)[], wanted: string): boolean {
  return words.some((word) => word?.toLowerCase().includes(wanted))
}

function clauseMatches(device: Device, { kind, text }: Clause): boolean {
  if (text === '') return true
  if (kind === 'status') {
    const wanted = statusWords[text] ?? text
    return device.status === wanted || device.identity.state === wanted
  }
  if (kind === 'is') return text.startsWith('need') ? device.attention !== undefined : device.identity.state === text
  if (kind === 'tag') return tagMatches(device.tags, text)
  return wordMatches([device.name, device.id, device.label, device.type, device.serial, device.thing_name], text)
}

export function matches(device: Device, clauses: Clause[]): boolean {
  return clauses.every((clause) => clauseMatches(device, clause))
}

/** What is not live comes first: that is what one looks for. Then by name. */
function weight(device: Device): number {
  if (device.attention) return 0
  if (device.identity.state !== 'active') return 3
  return device.status === 'offline' ? 1 : 2
}

const byName = new Intl.Collator(undefined, { numeric: true })

export function ordered(devices: Iterable<Device>): Device[] {
  return [...devices].sort((a, b) => weight(a) - weight(b) || byName.compare(a.name, b.name) || (a.id < b.id ? -1 : 1))
}

/** How many rows would change their place if the list were ordered now. */
export function movedCount(shown: string[], ideal: string[]): number {
  const known = new Set(shown)
  const still = ideal.filter((id) => known.has(id))
  const present = new Set(still)
  const now = shown.filter((id) => present.has(id))
  return now.filter((id, index) => id !== still[index]).length
}

/** Sets or clears one `kind:` clause in the text, leaving the rest as typed. */
export function withClause(text: string, kind: Clause['kind'], value: string | undefined): string {
  const rest = text
    .split(/\s+/)
    .filter((part) => part !== '' && !part.toLowerCase().startsWith(`${kind}:`))
    .join(' ')
  return value === undefined ? rest : `${kind}:${value} ${rest}`.trim()
}
