import { expect, test } from 'vitest'
import { erasureWords } from './erasure'

const told = { state: 'erased', asked_by: 'person', begun_at: '2026-11-30T12:00:00Z', complete_at: '2027-11-30T12:00:00Z' } as const

test('an erasure names the day from which on no copy is left', () => {
  expect(erasureWords(told)).toContain('erased')
  expect(erasureWords(told)).toContain('2027-11-30')
  expect(erasureWords(told)).not.toContain('kit')
})

test('an erasure that is under way is not called done', () => {
  expect(erasureWords({ ...told, state: 'erasing' })).toContain('is being erased')
})

test('kits of before are counted', () => {
  const kit = { id: 'a', created_at: told.begun_at }
  expect(erasureWords({ ...told, kits_to_destroy: [kit] })).toContain('a recovery kit of before')
  expect(erasureWords({ ...told, kits_to_destroy: [kit, kit] })).toContain('2 recovery kits of before')
})
