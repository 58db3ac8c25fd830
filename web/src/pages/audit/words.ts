/** The audit trail in words. An action that is not known here is shown as it is, readable. */
import type { AuditEntry } from '../../api/types'

const actions: Record<string, string> = {
  'session.create': 'signed in',
  'session.delete': 'signed out',
  'setup.complete': 'set up this Fastness',
  'device.create': 'added the device',
  'device.update': 'changed the device',
  'device.delete': 'deleted the device',
  'device.enrol': 'issued a certificate to',
  'device.secret': 'made a secret key for',
  'device.suspend': 'suspended',
  'device.resume': 'let in again',
  'device.revoke': 'revoked',
  'thing.create': 'added the thing',
  'thing.update': 'changed the thing',
  'thing.delete': 'deleted the thing',
  'property.create': 'added the property',
  'property.update': 'changed the property',
  'property.delete': 'removed the property',
  'value.write': 'wrote',
  'api_key.create': 'made the API key',
  'api_key.revoke': 'revoked the API key',
}

export function actionWords(action: string): string {
  return actions[action] ?? action.replace(/[._]/g, ' ')
}

export interface Party {
  kind: string
  id: string
}

export function party(text: string): Party {
  const at = text.indexOf(':')
  return at < 0 ? { kind: text, id: '' } : { kind: text.slice(0, at), id: text.slice(at + 1) }
}

export const resultWords: Record<string, string> = {
  ok: 'done',
  unauthenticated: 'refused: not signed in',
  forbidden: 'refused: not allowed',
  not_found: 'refused: not there',
  invalid_request: 'refused: not valid',
  conflict: 'refused: conflict',
  too_many_requests: 'refused: too many tries',
}

export function matchesAudit(entry: AuditEntry, names: (text: string) => string, filter: string): boolean {
  const wanted = filter.trim().toLowerCase().split(/\s+/).filter(Boolean)
  const text = [entry.action, actionWords(entry.action), names(entry.actor), names(entry.object), entry.object, entry.actor, entry.address ?? '', entry.result]
    .join(' ')
    .toLowerCase()
  return wanted.every((word) => text.includes(word))
}
