/** What a key may do, as sentences. */
import type { Scope } from '../../api/types'

export const scopes: { scope: Scope; may: string; about: string; /** Of single things. */ ofThem?: string }[] = [
  { scope: 'things:read', may: 'see things', about: 'names, properties and last values' },
  { scope: 'history:read', may: 'read history', about: 'every value that is kept' },
  { scope: 'values:write', may: 'write values', about: 'switch and set what people may write' },
  { scope: 'things:write', may: 'change things', about: 'make, change and delete things and properties', ofThem: 'make, change and delete their properties' },
  { scope: 'devices:read', may: 'see devices', about: 'names, states and connections' },
  { scope: 'devices:write', may: 'change devices', about: 'make, suspend, revoke and delete devices' },
  { scope: 'devices:enrol', may: 'enrol devices', about: 'issue certificates and secret keys' },
  { scope: 'security:read', may: 'read the check-up', about: 'where the organisation is weak' },
  { scope: 'audit:read', may: 'read the audit trail', about: 'who did what, and who accessed data' },
]

/** What means something of one thing; all else is of everything. */
export const isOfThings = (scope: Scope): boolean => ['things:read', 'things:write', 'values:write', 'history:read'].includes(scope)

export interface Preset {
  name: string
  scopes: Scope[]
}

export const presets: Preset[] = [
  { name: 'Read', scopes: ['things:read', 'history:read', 'devices:read'] },
  { name: 'Read and switch', scopes: ['things:read', 'history:read', 'devices:read', 'values:write'] },
  { name: 'Everything', scopes: scopes.map((entry) => entry.scope) },
]

/** "see things, read history": in the order above. */
export function mayText(granted: readonly Scope[]): string {
  if (scopes.every((entry) => granted.includes(entry.scope))) return 'everything'
  const known = scopes.filter((entry) => granted.includes(entry.scope)).map((entry) => entry.may)
  return known.join(', ') || 'nothing'
}

export const lifetimes = [
  { days: 30, text: '30 days' },
  { days: 90, text: '90 days' },
  { days: 365, text: 'a year' },
]

export function curlLine(origin: string, clientId: string, clientSecret: string): string {
  return `curl ${origin}/iot/v1/clients/token -d grant_type=client_credentials -d client_id=${clientId} -d client_secret=${clientSecret}`
}

export function envLines(origin: string, clientId: string, clientSecret: string): string {
  return [`FASTNESS_URL=${origin}`, `FASTNESS_CLIENT_ID=${clientId}`, `FASTNESS_CLIENT_SECRET=${clientSecret}`].join('\n')
}
