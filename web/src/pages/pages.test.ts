import { describe, expect, test } from 'vitest'
import type { Attention, AuditEntry, Connection, Device } from '../api/types'
import { passwordWords, tokenOf } from './entry/setup'
import { attentionRows, devicesSentence, homeTitle, remedyLink, storageSentence } from './home/sentences'
import { matches, movedCount, ordered, parseFilter, withClause } from './devices/filter'
import { secretSketch } from './devices/sketch'
import { gates } from './device/gates'
import { endings, uptime } from './device/uptime'
import { mayText } from './keys/scopes'
import { matchesAudit, party } from './audit/words'
import { createBody, faultsOf, formOf, updateBody, variableOf } from './thing/property-form'
import { following, moved, zoomed } from './thing/ranges'

function device(overrides: Partial<Device>): Device {
  return {
    id: 'd1', name: 'gh-north-1', type: 'unor4wifi', tags: {}, status: 'online', created_at: '2026-01-01T00:00:00Z',
    identity: { state: 'active', auth: 'secret' }, ...overrides,
  }
}

describe('set-up', () => {
  test('the token comes from the fragment', () => {
    expect(tokenOf('#abc-DEF_1')).toBe('abc-DEF_1')
    expect(tokenOf('#token=abc')).toBe('abc')
    expect(tokenOf('')).toBeUndefined()
    expect(tokenOf('#')).toBeUndefined()
    expect(tokenOf('#%')).toBe('%') // No token, but the server says so, and the page stands.
  })

  test('a password is measured by its characters, not its bytes', () => {
    expect(passwordWords('ééééééééééé')).toBe('1 more to go')
    expect(passwordWords('correct horse')).toBe('Long enough')
    expect(passwordWords('aaaaaaaaaaaaaa')).toMatch(/guessed/)
  })
})

describe('home', () => {
  test('says in words how many things need a person', () => {
    expect([0, 1, 2, 13].map(homeTitle)).toEqual(['All is well', 'One thing needs you', 'Two things need you', '13 things need you'])
  })

  test('says how everything else stands', () => {
    expect(devicesSentence({ total: 0, online: 0, offline: 0, never: 0 }, 0)).toBe('No device is here yet.')
    expect(devicesSentence({ total: 7, online: 7, offline: 0, never: 0 }, 0)).toBe('All 7 devices are live.')
    expect(devicesSentence({ total: 7, online: 5, offline: 1, never: 1 }, 2)).toBe(
      'Everything else stands: 5 of 7 devices are live, one is quiet, one has not connected yet.',
    )
  })

  test('more than five with one cause are one row', () => {
    const many: Attention[] = Array.from({ length: 6 }, (_, index) => ({ kind: 'certificate_ends', title: `board ${index}`, remedy: 'Plug it in.', device_id: `d${index}` }))
    expect(attentionRows(many.slice(0, 5))).toHaveLength(5)
    expect(attentionRows(many)).toMatchObject([{ count: 6, attention: { title: '6 boards need a new certificate', remedy: 'Plug it in.' } }])
  })

  test('a remedy leads to where it can be done', () => {
    const to = (kind: Attention['kind'], more: Partial<Attention> = {}) => remedyLink({ key: '', count: 1, attention: { kind, title: 't', remedy: 'r', ...more } })
    expect(to('identity_forged')).toEqual({ path: '/authority', verb: 'Show the authority' })
    expect(to('identity_quarantined', { device_id: 'd1' }).path).toBe('/devices/d1')
    expect(to('api_key_ends', { api_key_id: 'k1' }).path).toBe('/keys')
    for (const many of ['api_key_ends', 'api_key_leaked', 'honey_key_used'] as const) expect(to(many).path).toBe('/keys')
    expect(to('enrolment_locked').path).toBe('/authority')
    expect(to('key_changed', { device_id: 'd1' }).path).toBe('/devices/d1')
    expect(to('factor_reset').path).toBe('/account')
    expect(to('claim_waits').path).toBe('/claims')
    expect(to('connections_full')).toEqual({ path: '/devices', verb: 'Show the devices' })
  })

  test('storage without a cap promises nothing', () => {
    expect(storageSentence(1e9, 0)).toMatch(/No limit is set/)
    expect(storageSentence(2e9, 2e9)).toMatch(/full/)
  })
})

describe('the device filter', () => {
  const quiet = device({ id: 'd2', name: 'barn-2', status: 'offline', tags: { site: 'North' } })

  test('all clauses must hold', () => {
    const found = (text: string) => [device({}), quiet].filter((one) => matches(one, parseFilter(text))).map((one) => one.name)
    expect(found('')).toEqual(['gh-north-1', 'barn-2'])
    expect(found('status:quiet')).toEqual(['barn-2'])
    expect(found('status:live tag:site')).toEqual([])
    expect(found('tag:site=no')).toEqual(['barn-2'])
    expect(found('BARN')).toEqual(['barn-2'])
    expect(found('status:')).toEqual(['gh-north-1', 'barn-2'])
  })

  test('one clause is set and cleared without touching the rest', () => {
    expect(withClause('north status:online', 'status', 'offline')).toBe('status:offline north')
    expect(withClause('status:offline north', 'status', undefined)).toBe('north')
  })

  test('what needs a person comes first, then what is quiet', () => {
    const needy = device({ id: 'd3', name: 'zz', attention: { kind: 'certificate_ends', title: 't', remedy: 'r' } })
    expect(ordered([device({}), quiet, needy]).map((one) => one.name)).toEqual(['zz', 'barn-2', 'gh-north-1'])
  })

  test('counts the rows that would move, new and gone ones aside', () => {
    expect(movedCount(['a', 'b', 'c'], ['a', 'b', 'c'])).toBe(0)
    expect(movedCount(['a', 'b', 'c'], ['c', 'a', 'b'])).toBe(3)
    expect(movedCount(['a', 'gone', 'b'], ['a', 'new', 'b'])).toBe(0)
  })
})

test('a secret key is quoted as C wants it', () => {
  expect(secretSketch('id', 'a"b\\c')).toContain('"a\\"b\\\\c"')
})

describe('a device', () => {
  const hour = 3_600_000
  const now = Date.parse('2026-02-10T12:00:00Z')
  const connections: Connection[] = [
    { connected_at: '2026-02-10T10:00:00Z' },
    { connected_at: '2026-02-08T00:00:00Z', ended: { time: '2026-02-10T09:00:00Z', reason: 'keep_alive' } },
  ]

  test('its day is up, gap, up', () => {
    const day = uptime(connections, 0, now)
    expect(day.stretches.map(({ up, from, to }) => [up, (to - from) / hour])).toEqual([[true, 21], [false, 1], [true, 2]])
    expect(day.share).toBeCloseTo(23 / 24)
    expect(day.gaps).toBe(1)
  })

  test('before it was made it was not down', () => {
    expect(uptime([], now - hour, now).stretches).toEqual([{ up: false, from: now - hour, to: now }])
    expect(uptime([{ connected_at: new Date(now - hour).toISOString() }], now - hour, now).share).toBe(1)
  })

  test('overlapping sessions count once', () => {
    const twice: Connection[] = [{ connected_at: '2026-02-10T11:00:00Z' }, { connected_at: '2026-02-10T10:00:00Z', ended: { time: '2026-02-10T11:30:00Z', reason: 'taken_over' } }]
    expect(uptime(twice, Date.parse('2026-02-10T10:00:00Z'), now).share).toBe(1)
  })

  test('an ending knows how long it was away', () => {
    expect(endings(connections)).toEqual([{ at: Date.parse('2026-02-10T09:00:00Z'), reason: 'keep_alive', detail: undefined, away: hour }])
  })

  test('a suspended one says which gate is shut', () => {
    const shut = gates(device({ identity: { state: 'suspended', auth: 'secret', reason: 'stolen', since: '2026-02-10T09:00:00Z' } }))
    expect(shut.filter((gate) => !gate.holds)).toMatchObject([{ text: 'Suspended', evidence: expect.stringContaining('stolen') }])
    expect(gates(device({})).every((gate) => gate.holds)).toBe(true)
  })
})

describe('a property', () => {
  test('its variable is a C identifier', () => {
    expect(variableOf('Soil moisture, %')).toBe('soil_moisture')
    expect(variableOf('2nd pump')).toBe('v_2nd_pump')
    expect(variableOf('Größe')).toBe('gro_e')
  })

  test('faults stand at their fields', () => {
    const form = { ...formOf(undefined), name: '', variable: '1x', min: '5', max: '4', timed: true }
    expect(Object.keys(faultsOf(form, true)).sort()).toEqual(['max', 'name', 'parameter', 'variable'])
    expect(faultsOf({ ...formOf(undefined), name: 'Soil' }, true)).toEqual({})
  })

  test('bounds are left out when made, and taken away by null when changed', () => {
    const form = { ...formOf(undefined), name: 'Soil', min: '0', writable: true }
    expect(createBody(form, true)).toEqual({
      name: 'Soil', variable_name: 'soil', type: 'FLOAT', permission: 'read_write', update_strategy: 'on_change', update_parameter: 0, persist: true, min: 0,
    })
    expect(updateBody(form, true)).toMatchObject({ min: 0, max: null })
    expect(createBody({ ...form, type: 'STATUS' }, false)).not.toHaveProperty('min')
  })
})

describe('windows of history', () => {
  const day = 86_400_000

  test('a window that follows now moves by whole pixels', () => {
    const first = following('24h', 1_000_000_000, 720)
    expect(first.to - first.from).toBe(day)
    expect(first.to % (day / 720)).toBe(0)
    expect(following('24h', first.to - 1, 720)).toEqual(first)
  })

  test('zoom keeps the point under the cursor and never looks ahead of now', () => {
    expect(zoomed({ from: 0, to: 100_000 }, 0.5, 50_000, 1e9)).toEqual({ from: 25_000, to: 75_000 })
    const wide = zoomed({ from: 0, to: 100_000 }, 2, 0, 100_000)
    expect(wide).toEqual({ from: -100_000, to: 100_000 })
    const close = zoomed({ from: 0, to: 12_000 }, 0.1, 6_000, 1e9)
    expect(close.to - close.from).toBe(10_000)
  })

  test('later than now is now', () => {
    expect(moved({ from: 0, to: 100 }, -1, 500)).toEqual({ from: -100, to: 0 })
    expect(moved({ from: 300, to: 400 }, 1, 500)).toBeUndefined()
  })
})

test('what a key may do is a sentence', () => {
  expect(mayText(['history:read', 'things:read'])).toBe('see things, read history')
  expect(mayText([])).toBe('nothing')
})

test('the audit trail is found by words, names and results', () => {
  const entry: AuditEntry = { seq: 1, time: '2026-02-10T09:00:00Z', actor: 'user:u1', action: 'device.revoke', object: 'device:d1', result: 'ok' }
  const names = (text: string) => (text === 'device:d1' ? 'gh-north-1' : 'you')
  expect(matchesAudit(entry, names, 'you revoked north')).toBe(true)
  expect(matchesAudit(entry, names, 'suspended')).toBe(false)
  expect(party('host')).toEqual({ kind: 'host', id: '' })
})
