import { describe, expect, test } from 'vitest'
import { decides, given, grantsOf, mailtoOf, nameOf, thingsText, withArticle } from './words'

describe('people', () => {
  test('nobody gives their own role or a greater one', () => {
    expect(given('owner')).toEqual(['administrator', 'member', 'viewer', 'guest'])
    expect(given('administrator')).toEqual(['member', 'viewer', 'guest'])
    expect(given('member')).toEqual([])
    expect(given('viewer')).toEqual([])
    expect(decides('administrator', 'administrator')).toBe(false)
    expect(decides('owner', 'administrator')).toBe(true)
  })

  test('roles have names', () => {
    expect(nameOf('administrator')).toBe('Administrator')
    expect([withArticle('administrator'), withArticle('viewer')]).toEqual(['an administrator', 'a viewer'])
  })

  test('things by name are said shortly, and sent as they were chosen', () => {
    const things = ['Well', 'Barn', 'Gate'].map((name, index) => ({ thing_id: String(index), name, right: 'view' as const }))
    expect(thingsText(things)).toBe('looks at Well, looks at Barn and 1 more')
    expect(thingsText(things.slice(0, 1))).toBe('looks at Well')
    expect(thingsText([])).toBe('')
    expect(grantsOf({ a: 'edit' })).toEqual([{ thing_id: 'a', right: 'edit' }])
  })

  test('a link stays whole in a mail', () => {
    const href = mailtoOf('a+b@x.y', 'Barn & Co', 'https://iot.lan/invitation#t&k')
    expect(href).toBe('mailto:a%2Bb%40x.y?subject=Come%20in%20to%20Barn%20%26%20Co&body=https%3A%2F%2Fiot.lan%2Finvitation%23t%26k')
  })
})
