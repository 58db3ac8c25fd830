/** A device's state in words, with its reason and since when. */
import type { Device, Disconnect } from '../api/types'
import { clock, since, toMillis } from '../format/time'

export interface DeviceWords {
  text: string
  dot: '' | 'stale' | 'off'
}

const endings: Record<string, string> = {
  keep_alive: 'Keep-alive ran out',
  closed_by_device: 'The board said goodbye',
  connection_lost: 'The connection broke off',
  taken_over: 'The same board connected again',
  suspended: 'You suspended it',
  revoked: 'It was revoked',
  deleted: 'It was deleted',
  protocol_error: 'It sent something that is not MQTT',
  packet_too_large: 'It sent a packet over the limit',
  too_fast: 'It sent faster than the limit',
  not_allowed: 'It used a topic that is not its own',
  idle: 'It was idle for too long',
  server_stopping: 'The server was stopped',
  shutdown: 'The server was stopped',
  credential_ended: 'Its credential ended',
}

/** A short sentence for why a connection ended. An unknown word is shown as it is, readable. */
export function endingWords(reason: string): string {
  const known = endings[reason]
  if (known) return known
  const spaced = reason.replaceAll('_', ' ')
  return spaced.charAt(0).toUpperCase() + spaced.slice(1)
}

/** The long form: what the server says, else what the word means. */
export function endingSentence(end: Disconnect): string {
  if (end.detail) return end.detail
  if (end.reason === 'keep_alive') return 'The board went silent until its keep-alive ran out, so it lost power or its network.'
  return `${endingWords(end.reason)}.`
}

/** Identity comes first: a suspended board is not merely offline. */
export function deviceWords(device: Device, now: number): DeviceWords {
  const { state } = device.identity
  if (state === 'revoked') return { text: 'Revoked', dot: 'off' }
  if (state === 'suspended') return { text: 'Suspended', dot: 'off' }
  if (state === 'quarantined') return { text: 'Quarantined', dot: 'off' }
  if (device.status === 'online') return { text: 'Live', dot: '' }
  if (device.status === 'never') return { text: 'Not connected yet', dot: 'off' }
  const when = toMillis(device.last_disconnect?.time ?? device.last_seen)
  return { text: when === undefined ? 'Quiet' : `Quiet since ${quietSince(when, now)}`, dot: 'stale' }
}

/** "14:03" for the last hour too: an age and "since" do not go together. */
function quietSince(when: number, now: number): string {
  return now - when < 3_600_000 ? clock(when) : since(when, now)
}

export function boardName(device: Device): string {
  return device.label ?? (device.type === 'generic_device_secretkey' ? 'Generic device' : device.type)
}
