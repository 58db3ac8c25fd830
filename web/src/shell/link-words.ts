/** What the top bar says of the live link. */
import { duration } from '../format/time'
import type { LinkState } from '../live/connection'

export interface LinkWords {
  text: string
  dot: '' | 'stale' | 'off'
  /** Whether a click would try again. */
  retry: boolean
  /** For a screen reader, only when it changes something for a person. */
  said: string
}

const RING_AFTER = 2_000
const WORDS_AFTER = 8_000

export function linkWords(
  name: LinkState['name'],
  lostAt: number | undefined,
  retryAt: number | undefined,
  now: number,
): LinkWords {
  if (name === 'live') return { text: 'Live', dot: '', retry: false, said: '' }
  if (name === 'paused') return { text: 'Paused', dot: 'stale', retry: false, said: '' }
  const away = lostAt === undefined ? 0 : now - lostAt
  if (away < RING_AFTER) return { text: 'Live', dot: '', retry: false, said: '' }
  if (away < WORDS_AFTER) return { text: 'Live', dot: 'stale', retry: false, said: '' }
  const left = retryAt === undefined ? 0 : Math.max(0, retryAt - now)
  const text = name === 'waiting' && left > 1000 ? `No link, next try in ${duration(left)}` : 'No link, trying…'
  return { text, dot: 'off', retry: name === 'waiting', said: 'The live link to the server is lost. What you see stays as it was.' }
}
