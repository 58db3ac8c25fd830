/** A device's state in words, with its reason and since when. */
import type { Device, Disconnect, DisconnectReason } from '../api/types'
import { clock, since, toMillis } from '../format/time'

export interface DeviceWords {
  text: string
  dot: '' | 'stale' | 'off'
}

/** Why a connection ended, in few words. The long form is the server's own sentence. */
const endings: Record<DisconnectReason, string> = {
  client_left: 'The board signed off',
  connection_lost: 'The connection broke off',
  keep_alive: 'Keep-alive ran out',
  taken_over: 'The same board connected again',
  protocol_error: 'It broke the rules of MQTT',
  not_authorised: 'It used a topic that is not its own',
  revoked: 'It was revoked or suspended',
  reattached: 'It was attached to another thing',
  rate_limited: 'It sent more than it may',
  server_stopped: 'The server was stopped',
  crashed: 'The server ended without a word',
}

export function endingWords(reason: DisconnectReason): string {
  return endings[reason]
}

export function endingSentence(end: Disconnect): string {
  return end.detail ?? `${endingWords(end.reason)}.`
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
