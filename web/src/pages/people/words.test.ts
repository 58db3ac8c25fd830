import { describe, expect, test } from 'vitest'
import { decides, given, mailtoOf, nameOf, withArticle } from './words'

describe('people', () => {
  test('nobody gives their own role or a greater one', () => {
    expect(given('owner')).toEqual(['administrator', 'member', 'viewer'])
    expect(given('administrator')).toEqual(['member', 'viewer'])
    expect(given('member')).toEqual([])
    expect(given('viewer')).toEqual([])
    expect(decides('administrator', 'administrator')).toBe(false)
    expect(decides('owner', 'administrator')).toBe(true)
  })

  test('roles have names', () => {
    expect(nameOf('administrator')).toBe('Administrator')
    expect([withArticle('administrator'), withArticle('viewer')]).toEqual(['an administrator', 'a viewer'])
  })

  test('a link stays whole in a mail', () => {
    const href = mailtoOf('a+b@x.y', 'Barn & Co', 'https://iot.lan/invitation#t&k')
    expect(href).toBe('mailto:a%2Bb%40x.y?subject=Come%20in%20to%20Barn%20%26%20Co&body=https%3A%2F%2Fiot.lan%2Finvitation%23t%26k')
  })
})
