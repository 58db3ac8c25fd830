import { expect, test } from 'vitest'
import { disposedWords } from './retention'

test('what was let go of is counted in words', () => {
  const day = '2026-11-30T00:00:00Z'
  expect(disposedWords({ kind: 'session', day, count: 1 })).toBe('1 session that had expired')
  expect(disposedWords({ kind: 'history_age', day, count: 3 })).toBe('3 days of values, older than they are kept')
})
