import { describe, expect, it } from 'vitest'
import type { AccessGrant, HostOrder } from '../../api/types'
import { grantedText, isId, isOpen, mayApprove, orderText, signedText, stateText, timeText } from './words'

const grant: AccessGrant = {
  id: 'g1',
  organisation_id: 'o1',
  operator: { user_id: 'u1', email: 'anna@example.org' },
  scopes: ['things:read'],
  minutes: 60,
  reason: 'The pump is silent',
  state: 'waiting',
  asked_at: '2026-12-01T10:00:00Z',
  until: '2026-12-02T10:00:00Z',
}
const now = Date.parse('2026-12-01T11:00:00Z')

describe('access of operators', () => {
  it('is open while it waits or is live', () => {
    expect(isOpen(grant)).toBe(true)
    expect(isOpen({ ...grant, state: 'live' })).toBe(true)
    for (const state of ['refused', 'withdrawn', 'lapsed', 'ended', 'expired'] as const) expect(isOpen({ ...grant, state })).toBe(false)
  })

  it('says how it stands, and who did it', () => {
    expect(stateText(grant, now)).toMatch(/^waits for an answer until /)
    expect(stateText({ ...grant, state: 'live' }, now)).toMatch(/^in until /)
    const by = { user_id: 'u2', email: 'me@example.org' }
    expect(stateText({ ...grant, state: 'ended', decided_by: by }, now)).toMatch(/^ended by me@example.org, /)
    expect(stateText({ ...grant, state: 'ended' }, now)).toMatch(/^ended /)
    expect(stateText({ ...grant, state: 'refused', decided_by: by }, now)).toMatch(/^refused by me@example.org, /)
  })

  it('says by whom its operator was let in', () => {
    expect(grantedText(grant)).toBeUndefined()
    expect(grantedText({ ...grant, granted_by: 'break_glass' })).toMatch(/sealed codes/)
  })

  it('says times as people do', () => {
    expect([15, 60, 120, 90].map(timeText)).toEqual(['15 minutes', 'an hour', '2 hours', '90 minutes'])
  })

  it('knows an id', () => {
    expect(isId(' 5a8b7e52-3c1d-4f0e-9b6a-2d4c8e1f7a90 ')).toBe(true)
    expect(isId('me@example.org')).toBe(false)
  })
})

describe('orders of the host', () => {
  const anna = { by: { user_id: 'u1', email: 'anna@example.org' }, at: '2026-12-01T10:30:00Z' }
  const ben = { by: { user_id: 'u2', email: '' }, at: '2026-12-01T10:40:00Z' }
  const order: HostOrder = {
    id: 'h1',
    action: 'ca.destroy',
    object: 'generation:1',
    words: 'Destroy the key of generation 1',
    state: 'waiting',
    asked_at: '2026-12-01T10:00:00Z',
    until: '2026-12-02T10:00:00Z',
    approvals: [],
    by_codes: false,
  }

  it('say for how many they wait', () => {
    expect(orderText(order, now)).toMatch(/^waits for two operators until /)
    expect(orderText({ ...order, approvals: [anna] }, now)).toMatch(/^waits for one more operator until /)
    expect(orderText({ ...order, state: 'approved' }, now)).toMatch(/^approved: it is done if it is given again until /)
    expect(orderText({ ...order, state: 'doing' }, now)).toBe('is being done')
  })

  it('say who has signed', () => {
    expect(signedText(order, 'u1')).toBeUndefined()
    expect(signedText({ ...order, approvals: [anna] }, 'u1')).toBe('signed by you')
    expect(signedText({ ...order, approvals: [anna, ben] }, 'u3')).toBe('signed by anna@example.org and an operator whose address cannot be read now')
    expect(signedText({ ...order, by_codes: true }, 'u1')).toMatch(/sealed codes/)
  })

  it('are signed by each operator once, while they wait', () => {
    expect(mayApprove(order, 'u1')).toBe(true)
    expect(mayApprove({ ...order, approvals: [anna] }, 'u1')).toBe(false)
    expect(mayApprove({ ...order, approvals: [anna] }, 'u2')).toBe(true)
    expect(mayApprove({ ...order, state: 'approved', approvals: [anna, ben] }, 'u3')).toBe(false)
  })
})
