/** What was let go of, in words. */
import type { Retention } from '../../api/types'

type Disposed = Retention['disposed'][number]

const things: Record<Disposed['kind'], [one: string, many: string]> = {
  history_age: ['day of values, older than they are kept', 'days of values, older than they are kept'],
  history_cap: ['day of values, to make room', 'days of values, to make room'],
  session: ['session that had expired', 'sessions that had expired'],
  claim_code: ['claim code that was over', 'claim codes that were over'],
  access: ['access of an operator that was over for a year', 'accesses of operators that were over for a year'],
}

export function disposedWords({ kind, count }: Disposed): string {
  const [one, many] = things[kind]
  return `${count} ${count === 1 ? one : many}`
}
