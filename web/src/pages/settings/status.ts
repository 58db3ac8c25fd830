/** The public status in words and spans of time. */
import type { PublicStatus } from '../../api/types'

export interface Span {
  explanation: string
  since: string
  until: string
}

export function headline(status: PublicStatus): string {
  const off = status.switched_off.length
  if (status.level !== 'normal') return 'This server is restricted'
  if (off === 0) return 'Everything goes on'
  return off === 1 ? 'One part of this server is off' : `${off} parts of this server are off`
}

/** What was before, the newest first; each ended when the next began. */
export function spans(status: PublicStatus): Span[] {
  const starts = [status, ...status.before]
  return status.before.flatMap((level, index) => {
    const until = starts[index]?.since
    return level.since && until ? [{ explanation: level.explanation, since: level.since, until }] : []
  })
}

/** A statement's paragraphs: an empty line parts them. Text, whatever it looks like. */
export function paragraphs(text: string): string[] {
  return text.split(/\n\s*\n/).map((each) => each.trim()).filter((each) => each !== '')
}
