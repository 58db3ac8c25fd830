import { describe, expect, test } from 'vitest'
import { actionWords } from './words'

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

  test('shows what it does not know as it is, readable', () => {
    expect(actionWords('weather.change_wind')).toBe('weather change wind')
  })
})
