/** Claim codes in words, and as a file of labels. */
import type { ClaimCertificate, ClaimCode, NewClaimCode } from '../../api/types'
import { toCsv } from '../../format/csv'
import { toMillis } from '../../format/time'

/** How long a code may be good. */
export const lifetimes = [
  { days: 1, text: 'a day' },
  { days: 7, text: 'a week' },
  { days: 30, text: '30 days' },
  { days: 365, text: 'a year' },
]

export type CodeState = 'good' | 'used' | 'over'

export function stateOf(code: Pick<ClaimCode, 'expires_at' | 'uses' | 'most_uses'>, now: number): CodeState {
  const end = toMillis(code.expires_at)
  if (end !== undefined && end <= now) return 'over'
  return code.uses >= code.most_uses ? 'used' : 'good'
}

export const stateWords: Record<CodeState, string> = { good: 'good', used: 'used up', over: 'over' }

/** "one device", "3 of 200 devices". */
export function usesText(code: Pick<ClaimCode, 'uses' | 'most_uses'>): string {
  if (code.most_uses === 1) return code.uses === 0 ? 'one device' : 'its device'
  return `${code.uses} of ${code.most_uses} devices`
}

/** What a person calls a code that has no label. */
export function nameOf(code: Pick<ClaimCode, 'label' | 'hardware_id' | 'id'>): string {
  return code.label || code.hardware_id || code.id.slice(0, 8)
}

/** What a person calls a claim certificate that has no label. */
export function nameOfCertificate(certificate: Pick<ClaimCertificate, 'label' | 'fingerprint'>): string {
  return certificate.label || certificate.fingerprint.slice(0, 8)
}

/** The ids that somebody pasted: one a line, or between commas. */
export function idsIn(text: string): string[] {
  return text.split(/[\s,;]+/).filter((id) => id !== '')
}

/** One row a label: for a printer of labels, or whoever packs the boards. */
export function labelsCsv(made: readonly NewClaimCode[]): string {
  return toCsv(
    ['code', 'label', 'hardware_id', 'devices', 'expires_at'],
    made.map(({ code, claim_code }) => [code, claim_code.label, claim_code.hardware_id, claim_code.most_uses, claim_code.expires_at]),
  )
}
