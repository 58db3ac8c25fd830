/** Home's two sentences: what needs a person, and how everything else stands. */
import type { Attention, Home } from '../../api/types'
import { countInWords, formatCount, formatRoundBytes } from '../../format/numbers'

export function homeTitle(attention: number): string {
  if (attention === 0) return 'All is well'
  return attention === 1 ? 'One thing needs you' : `${countInWords(attention)} things need you`
}

export function devicesSentence(devices: Home['devices'], attention: number): string {
  const { total, online, offline, never } = devices
  if (total === 0) return 'No device is here yet.'
  const start = attention > 0 ? 'Everything else stands: ' : ''
  const live = online === total ? (total === 1 ? 'the one device is live' : `all ${formatCount(total)} devices are live`) : `${formatCount(online)} of ${formatCount(total)} devices ${online === 1 ? 'is' : 'are'} live`
  const rest: string[] = []
  if (offline > 0) rest.push(`${offline === 1 ? 'one is' : `${formatCount(offline)} are`} quiet`)
  if (never > 0) rest.push(`${never === 1 ? 'one has' : `${formatCount(never)} have`} not connected yet`)
  const sentence = [start + live, ...rest].join(', ')
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`
}

export interface AttentionRow {
  key: string
  attention: Attention
  /** More than five with one cause are one row. */
  count: number
}

const BATCH = 5

const batchTitles: Partial<Record<Attention['kind'], string>> = {
  certificate_ends: 'boards need a new certificate',
  board_cut_off: 'boards need new credentials before they are cut off',
  identity_forged: 'forged certificates were refused',
  identity_quarantined: 'boards are in quarantine',
  key_changed: 'boards changed their keys',
  api_key_ends: 'API keys end soon',
  honey_key_used: 'honey keys were tried',
  api_key_leaked: 'API keys were reported as leaked',
  values_refused: 'properties refuse values',
}

export function attentionRows(attention: Attention[]): AttentionRow[] {
  const kinds = new Map<Attention['kind'], Attention[]>()
  for (const entry of attention) kinds.set(entry.kind, [...(kinds.get(entry.kind) ?? []), entry])
  return [...kinds].flatMap(([kind, entries]): AttentionRow[] => {
    const batch = batchTitles[kind]
    if (entries.length <= BATCH || !batch) {
      return entries.map((entry, index) => ({ key: `${kind}-${entry.device_id ?? entry.api_key_id ?? entry.property_id ?? index}`, attention: entry, count: 1 }))
    }
    const [first] = entries
    return [{ key: kind, count: entries.length, attention: { kind, title: `${formatCount(entries.length)} ${batch}`, remedy: first!.remedy, deadline: first!.deadline } }]
  })
}

const ABOUT_KEYS: ReadonlySet<Attention['kind']> = new Set(['api_key_ends', 'api_key_leaked', 'honey_key_used'])

/** Where the remedy is, and the verb that leads there. */
export function remedyLink({ attention, count }: AttentionRow): { path: string; verb: string } {
  if (attention.api_key_id || ABOUT_KEYS.has(attention.kind)) return { path: '/keys', verb: 'Show the key' }
  if (attention.kind === 'identity_forged' || attention.kind === 'enrolment_locked') return { path: '/authority', verb: 'Show the authority' }
  if (attention.device_id && count === 1) return { path: `/devices/${attention.device_id}`, verb: 'Show the board' }
  if (attention.thing_id && count === 1) return { path: `/things/${attention.thing_id}`, verb: 'Show the thing' }
  if (attention.kind === 'storage_full' || attention.kind === 'storage_failed') return { path: '/settings', verb: 'Show storage' }
  if (attention.kind === 'factor_reset') return { path: '/account', verb: 'Show your account' }
  if (attention.kind === 'claim_waits') return { path: '/claims', verb: 'Show who waits' }
  if (attention.kind === 'restricted' || attention.kind === 'switched_off') return { path: '/audit', verb: 'Show the record' }
  if (attention.kind === 'connections_full') return { path: '/devices', verb: 'Show the devices' }
  return { path: '/devices', verb: 'Show them' }
}

export function storageSentence(bytes: number, cap: number): string {
  if (cap === 0) return `History takes ${formatRoundBytes(bytes)}. No limit is set, so it grows with the disk.`
  const left = Math.max(0, cap - bytes)
  if (left === 0) return 'History is full. The oldest raw values go as new ones come.'
  return `Room for ${formatRoundBytes(left)} more. Then the oldest raw values go.`
}
