/** A device's state in words, with its reason and since when. */
import type { Device, Disconnect } from '../api/types'
import { clock, since, toMillis } from '../format/time'

export interface DeviceWords {
  text: string
  dot: '' | 'stale' | 'off'
}

/** The gateway's words for how a connection ended. */
const endings: Record<string, string> = {
  keep_alive_timeout: 'Keep-alive ran out',
  disconnected: 'The board signed off',
  closed_by_peer: 'The board closed the connection',
  connection_lost: 'The connection broke off',
  session_taken_over: 'The same board connected again',
  thing_changed: 'It was attached to another thing',
  credential_revoked: 'Its credential was revoked',
  suspended: 'It was suspended',
  quarantined: 'It was put in quarantine',
  revoked: 'It was revoked',
  deleted: 'It was deleted',
  malformed_packet: 'It sent something that is not MQTT',
  malformed_payload: 'It sent a payload that can’t be read',
  protocol_error: 'It broke the rules of MQTT',
  will_topic_denied: 'Its will was for a topic that is not its own',
  server_shutting_down: 'The server was stopped',
}

const sentences: Record<string, string> = {
  keep_alive_timeout: 'The board went silent until its keep-alive ran out, so it lost power or its network.',
  connection_lost: 'The network between the board and this server broke off.',
  disconnected: 'The board said goodbye by itself: its sketch disconnected or it was restarted with care.',
  session_taken_over: 'The same board connected again while this connection was still open, as after a restart.',
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
  return sentences[end.reason] ?? `${endingWords(end.reason)}.`
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
