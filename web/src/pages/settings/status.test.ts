import { describe, expect, it } from 'vitest'
import type { PublicStatus } from '../../api/types'
import { headline, paragraphs, spans } from './status'

const fine: PublicStatus = { level: 'normal', explanation: 'Everything goes on.', switched_off: [], statements: [], before: [] }
const off = { component: 'est', while_off: 'Devices get no certificates.', off_since: '2026-12-01T09:00:00Z' }

describe('the public status', () => {
  it('says in one line how much goes on', () => {
    expect(headline(fine)).toBe('Everything goes on')
    expect(headline({ ...fine, switched_off: [off] })).toBe('One part of this server is off')
    expect(headline({ ...fine, switched_off: [off, { ...off, component: 'live' }] })).toBe('2 parts of this server are off')
    expect(headline({ ...fine, level: 'read-only', switched_off: [off] })).toBe('This server is restricted')
  })

  it('ends each level where the next one began', () => {
    const status: PublicStatus = {
      ...fine,
      since: '2026-12-01T12:00:00Z',
      before: [
        { level: 'read-only', explanation: 'Only looking.', since: '2026-12-01T10:00:00Z' },
        { level: 'devices-only', explanation: 'Out.', since: '2026-12-01T09:00:00Z' },
      ],
    }
    expect(spans(status)).toEqual([
      { explanation: 'Only looking.', since: '2026-12-01T10:00:00Z', until: '2026-12-01T12:00:00Z' },
      { explanation: 'Out.', since: '2026-12-01T09:00:00Z', until: '2026-12-01T10:00:00Z' },
    ])
    expect(spans(fine)).toEqual([])
  })

  it('parts a statement at empty lines and takes nothing in it for markup', () => {
    expect(paragraphs('One.\nStill one.\n\n\nTwo.\n')).toEqual(['One.\nStill one.', 'Two.'])
    expect(paragraphs('<script>alert(1)</script>\n \n[x](javascript:alert(1))')).toEqual(['<script>alert(1)</script>', '[x](javascript:alert(1))'])
    expect(paragraphs(' \n\n ')).toEqual([])
  })
})
