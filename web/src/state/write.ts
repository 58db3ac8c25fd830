/**
 * A write to a board, as its control shows it (CONSOLE.md §11): the click shows intent at once, the board's echo
 * settles it; after 5 s "No answer yet", after 30 s it returns to what the board last confirmed and says so.
 * Pure: the page clock and the values are arguments.
 */
import type { Value } from '../api/types'
import type { LastValue } from './catalog.svelte'

export interface Write {
  wanted: Value
  startedAt: number
  /** The server's clock at acceptance; a confirmation must not be older. Absent while the request is under way. */
  acceptedAt?: number
  /** Why the server or the board said no. */
  fault?: string
}

export type WritePhase = 'none' | 'asking' | 'quiet' | 'returned' | 'refused'

export const QUIET_AFTER = 5_000
export const RETURN_AFTER = 30_000

export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= Math.max(1e-6, Math.abs(b) * 1e-5)
  if (typeof a === 'object' && typeof b === 'object' && a && b) {
    const left = Object.keys(a)
    return left.length === Object.keys(b).length && left.every((key) => sameValue(a[key], b[key]))
  }
  return a === b
}

/** Whether the board has answered this write: with the value that was wanted, or with another one of its own. */
export function isSettled(write: Write, last: LastValue | undefined): boolean {
  if (write.fault || write.acceptedAt === undefined || !last?.confirmed) return false
  return last.confirmed.time >= write.acceptedAt - 1000 && (sameValue(last.confirmed.value, write.wanted) || last.confirmed.time > write.acceptedAt)
}

export function phaseOf(write: Write | undefined, last: LastValue | undefined, now: number): WritePhase {
  if (!write) return 'none'
  if (write.fault) return 'refused'
  if (isSettled(write, last)) return 'none'
  const age = now - write.startedAt
  if (age >= RETURN_AFTER) return 'returned'
  return age >= QUIET_AFTER ? 'quiet' : 'asking'
}

/** What the control stands at: the wish while it is being asked for, else what the board last confirmed. */
export function shownValue(write: Write | undefined, last: LastValue | undefined, now: number): Value | undefined {
  const phase = phaseOf(write, last, now)
  if (write && (phase === 'asking' || phase === 'quiet')) return write.wanted
  return last?.confirmed?.value ?? last?.value
}
