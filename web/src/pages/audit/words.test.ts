import { describe, expect, test } from 'vitest'
import { accessObject, accessWords, actionWords } from './words'

describe('the audit trail', () => {
  test('tells what happened to the authority in plain words', () => {
    expect(actionWords('ca.rotate')).toBe('ordered the rotation to')
    expect(actionWords('ca.generation_distrusted')).toBe('gave up the key of')
    expect(actionWords('ca.rotation_completed')).toBe('completed the rotation to')
  })

  test('knows every step that a generation and a rotation take', () => {
    const states = ['staged', 'trusted', 'issuing', 'retiring', 'distrusted', 'destroyed'].map((state) => `ca.generation_${state}`)
    const steps = ['routine', 'emergency', 'preparing', 'soaking', 'renewing', 'completed', 'aborted', 'superseded'].map((step) => `ca.rotation_${step}`)
    const roots = ['ca.ask_root', 'ca.accept_root', 'ca.change_roots']
    for (const action of [...states, ...steps, ...roots]) expect(actionWords(action), action).not.toMatch(/^ca /)
  })

  test('says of what was refused that it was tried', () => {
    expect(actionWords('certificate.forged', 'refused')).toBe('tried to use the forged')
    expect(actionWords('device.renew_twice', 'refused')).toBe('tried to renew a second time the certificate of')
    expect(actionWords('ca.destroy', 'conflict')).toBe('tried to destroy the key of')
  })

  test('says what was done by policy', () => {
    expect(actionWords('identity.quarantine')).toBe('put into quarantine')
  })

  test('says how often data was accessed', () => {
    const access = { actor: 'api_key:k', verb: 'read', data: 'history', hour: '2026-11-30T09:00:00Z', count: 17 } as const
    expect(accessWords(access)).toBe('read history 17 times')
    expect(accessWords({ ...access, verb: 'write', data: 'values', count: 1 })).toBe('wrote values once')
    expect(accessWords({ ...access, data: 'weather', count: 2 })).toBe('read weather twice')
  })

  test('says in which hour, and takes nothing else for an hour', () => {
    expect(accessObject('history:2026-11-30T09')).toBe('history, in the hour from 2026-11-30 09:00 UTC')
    expect(accessObject('device:3f2b')).toBeUndefined()
    expect(accessObject('history:soon')).toBeUndefined()
  })

  test('shows what it does not know as it is, readable', () => {
    expect(actionWords('weather.change_wind')).toBe('weather change wind')
  })
})
