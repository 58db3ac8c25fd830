/** Access of operators, and orders of the host, in words. */
import type { AccessGrant, HostOrder, Scope } from '../../api/types'
import { moment, toMillis } from '../../format/time'

export const isOpen = (grant: AccessGrant): boolean => grant.state === 'waiting' || grant.state === 'live'

/** "waits until 14:30", "in until 14:30, let in by you". */
export function stateText(grant: AccessGrant, now: number): string {
  const when = moment(toMillis(grant.until) ?? now, now)
  const by = grant.decided_by?.email
  switch (grant.state) {
    case 'waiting':
      return `waits for an answer until ${when}`
    case 'live':
      return `in until ${when}`
    case 'refused':
      return by ? `refused by ${by}, ${when}` : `refused, ${when}`
    case 'withdrawn':
      return `withdrawn ${when}`
    case 'lapsed':
      return `nobody answered until ${when}`
    case 'ended':
      return by ? `ended by ${by}, ${when}` : `ended ${when}`
    case 'expired':
      return `over since ${when}`
  }
}

/** By whom it was granted; nothing if it never was. */
export function grantedText(grant: AccessGrant): string | undefined {
  if (grant.granted_by === 'organisation') return 'let in by somebody of the organisation'
  if (grant.granted_by === 'operator') return 'let in by another operator'
  if (grant.granted_by === 'break_glass') return 'let in by two of the sealed codes'
  return undefined
}

export const LONGEST_MINUTES = 240

export function timeText(minutes: number): string {
  if (minutes % 60 !== 0) return `${minutes} minutes`
  return minutes === 60 ? 'an hour' : `${minutes / 60} hours`
}

export const times = [15, 60, 120, LONGEST_MINUTES]

/** What an operator most often asks for. */
export const looks: Scope[] = ['things:read', 'history:read', 'devices:read', 'security:read']

export const isId = (text: string): boolean => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text.trim())

/** How an order of the host stands. */
export function orderText(order: HostOrder, now: number): string {
  const when = moment(toMillis(order.until) ?? now, now)
  switch (order.state) {
    case 'waiting':
      return order.approvals.length > 0 ? `waits for one more operator until ${when}` : `waits for two operators until ${when}`
    case 'approved':
      return `approved: it is done if it is given again until ${when}`
    case 'doing':
      return 'is being done'
  }
}

/** Who agreed to it; nothing if nobody did. */
export function signedText(order: HostOrder, own: string): string | undefined {
  if (order.by_codes) return 'approved by two of the sealed codes'
  const who = order.approvals.map(({ by }) => (by.user_id === own ? 'you' : by.email || 'an operator whose address cannot be read now'))
  return who.length > 0 ? `signed by ${who.join(' and ')}` : undefined
}

/** Each operator signs once, while it waits. */
export const mayApprove = (order: HostOrder, own: string): boolean => order.state === 'waiting' && order.approvals.every(({ by }) => by.user_id !== own)
