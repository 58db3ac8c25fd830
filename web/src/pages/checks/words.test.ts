import { describe, expect, test } from 'vitest'
import type { Check } from '../../api/types'
import { headline, moreText, openChecks, subjectPath } from './words'

function check(id: string, state: Check['state'], count = 0): Check {
  return { id, title: id, state, count, subjects: [], why: '', remedy: '' }
}

describe('the security check-up', () => {
  test('what failed comes first, and what passed is not in the way', () => {
    const list = [check('a', 'unknown'), check('b', 'attention'), check('c', 'passed'), check('d', 'failed'), check('e', 'attention')]
    expect(openChecks(list).map((each) => each.id)).toEqual(['d', 'b', 'e', 'a'])
    expect(openChecks([check('c', 'passed')])).toEqual([])
  })

  test('only what passed counts as holding', () => {
    expect(headline([check('a', 'passed'), check('b', 'passed')])).toBe('Everything holds')
    expect(headline([check('a', 'passed'), check('b', 'unknown')])).toBe('1 of 2 hold')
  })

  test('a subject leads to where it is put right, or nowhere', () => {
    expect(subjectPath({ kind: 'device', id: 'd1', name: 'pump' })).toBe('/devices/d1')
    expect(subjectPath({ kind: 'api_key', id: 'fk1', name: 'export' })).toBe('/keys')
    expect(subjectPath({ kind: 'server', id: 'vault.key', name: 'key' })).toBeUndefined()
    expect(subjectPath({ kind: 'generation', id: '1', name: 'Generation 1' })).toBeUndefined()
  })

  test('those that are not named are counted', () => {
    const named = [{ kind: 'device' as const, id: 'd1', name: 'pump' }]
    expect(moreText({ ...check('a', 'failed', 24), subjects: named })).toBe('and 23 more')
    expect(moreText({ ...check('a', 'failed', 1), subjects: named })).toBe('')
  })
})
