/** The conditions under which a device is let in, each with its evidence. They are those of the admission rule. */
import type { Device } from '../../api/types'
import { formatCount } from '../../format/numbers'
import { fullDay, logTime, toMillis } from '../../format/time'

export interface Gate {
  text: string
  evidence: string
  holds: boolean
}

function standing(device: Device): Gate {
  const { state, reason, since } = device.identity
  if (state === 'active') return { text: 'Not revoked or suspended', evidence: 'checked at every connection', holds: true }
  const when = toMillis(since)
  const word = state === 'revoked' ? 'Revoked' : state === 'suspended' ? 'Suspended' : 'Quarantined'
  const detail = [when && logTime(when, Date.now()), reason].filter(Boolean).join(': ')
  return { text: word, evidence: detail || 'it is refused until this changes', holds: false }
}

export function gates(device: Device): Gate[] {
  const { auth, certificate } = device.identity
  if (auth === 'certificate' && certificate) {
    const until = toMillis(certificate.not_after) ?? 0
    const ended = until < Date.now()
    return [
      {
        text: ended ? 'Its certificate has ended' : 'Signed by a generation we admit',
        evidence: `generation ${certificate.generation}, until ${fullDay(until)}`,
        holds: !ended,
      },
      { text: 'In the ledger', evidence: `entry ${formatCount(certificate.ledger_index)}`, holds: true },
      {
        text: certificate.revoked ? 'Its certificate is revoked' : 'Key is the pinned one',
        evidence: certificate.revoked ? 'it needs a new one' : 'another key would be refused',
        holds: !certificate.revoked,
      },
      standing(device),
    ]
  }
  if (auth === 'secret') {
    return [{ text: 'It knows its secret key', evidence: 'kept here as a keyed hash only', holds: true }, standing(device)]
  }
  return [{ text: 'It has no key yet', evidence: 'give it a secret key or a certificate', holds: false }, standing(device)]
}
