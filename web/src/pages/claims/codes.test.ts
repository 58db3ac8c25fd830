import { describe, expect, test } from 'vitest'
import type { ClaimCode } from '../../api/types'
import { idsIn, labelsCsv, nameOf, nameOfCertificate, stateOf, usesText } from './codes'

const now = Date.parse('2026-11-30T09:00:00Z')

function code(changes: Partial<ClaimCode> = {}): ClaimCode {
  return {
    id: '4e8a1b7c-0a39-4a3c-9a76-2f3a4c5d6e7f',
    label: 'shed',
    uses: 0,
    most_uses: 1,
    approval: 'owner',
    created_at: '2026-11-29T09:00:00Z',
    expires_at: '2026-12-06T09:00:00Z',
    ...changes,
  }
}

describe('a claim code', () => {
  test('is good until it is used up or over', () => {
    expect(stateOf(code(), now)).toBe('good')
    expect(stateOf(code({ uses: 1 }), now)).toBe('used')
    expect(stateOf(code({ uses: 2, most_uses: 3 }), now)).toBe('good')
    expect(stateOf(code({ expires_at: '2026-11-30T09:00:00Z' }), now)).toBe('over')
    expect(stateOf(code({ uses: 1, expires_at: '2026-11-01T00:00:00Z' }), now)).toBe('over')
  })

  test('says how many devices it is for', () => {
    expect(usesText(code())).toBe('one device')
    expect(usesText(code({ uses: 1 }))).toBe('its device')
    expect(usesText(code({ uses: 3, most_uses: 200 }))).toBe('3 of 200 devices')
  })

  test('has a name even without a label', () => {
    expect(nameOf(code())).toBe('shed')
    expect(nameOf(code({ label: '', hardware_id: 'b827eb01' }))).toBe('b827eb01')
    expect(nameOf(code({ label: '' }))).toBe('4e8a1b7c')
  })

  test('goes on labels as a file that no spreadsheet runs', () => {
    const csv = labelsCsv([
      { code: 'FC-7M3K-0PXV-9ZDB-WH52-J', claim_code: code({ label: '=1+1' }) },
      { code: 'FC-0000-0000-0000-0000-0', claim_code: code({ hardware_id: 'b827eb01' }) },
    ])
    expect(csv.split('\r\n')).toEqual([
      'code,label,hardware_id,devices,expires_at',
      "FC-7M3K-0PXV-9ZDB-WH52-J,'=1+1,,1,2026-12-06T09:00:00Z",
      'FC-0000-0000-0000-0000-0,shed,b827eb01,1,2026-12-06T09:00:00Z',
      '',
    ])
  })
})

describe('a claim certificate', () => {
  test('has a name even without a label', () => {
    expect(nameOfCertificate({ label: 'lot-7', fingerprint: 'ab'.repeat(32) })).toBe('lot-7')
    expect(nameOfCertificate({ label: '', fingerprint: 'ab'.repeat(32) })).toBe('abababab')
  })

  test('is for the devices that are listed, however they are pasted', () => {
    expect(idsIn('')).toEqual([])
    expect(idsIn('  \n')).toEqual([])
    expect(idsIn('a1\r\na2, a3;a4\n')).toEqual(['a1', 'a2', 'a3', 'a4'])
  })
})
