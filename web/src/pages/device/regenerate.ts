/**
 * New credentials for a board that makes itself another key, as Arduino's provisioning sketches do. The server takes no
 * other key for a device without a signature of the one before, so the board becomes a new device in the place of the old.
 */
import type { Device, IssuedCertificate } from '../../api/types'

/** What of the server it needs. */
export interface Server {
  post: <T>(path: string, body?: unknown) => Promise<T>
  patch: <T>(path: string, body?: unknown) => Promise<T>
  del: (path: string) => Promise<unknown>
}

const LONGEST_NAME = 64
const REPLACED = ' (replaced)'

export function nameOfReplaced(name: string): string {
  return [...name].slice(0, LONGEST_NAME - REPLACED.length).join('') + REPLACED
}

/** Makes the successor. Its id goes into the board before the board asks for a certificate; nothing else has changed yet. */
export function makeSuccessor(server: Server, old: Device): Promise<Device> {
  const { name, type, fqbn, serial, tags } = old
  return server.post<Device>('/devices', { name, type, tags, ...(fqbn && { fqbn }), ...(serial && { serial }) })
}

/** Takes back what makeSuccessor made. */
export async function dropSuccessor(server: Server, successor: Device): Promise<void> {
  await server.del(`/devices/${successor.id}`)
}

export function certify(server: Server, successor: Device, request: string): Promise<IssuedCertificate> {
  return server.post<IssuedCertificate>(`/devices/${successor.id}/enrol`, { csr_pem: request.trim() + '\n', profile: 'board' })
}

/**
 * Puts the certified successor in the old one's place: first its thing, so that nothing the board sends is lost, then the
 * old credentials end. Each step may be repeated, so after a failure the whole is.
 */
export async function takePlace(server: Server, old: Device, successor: Device): Promise<void> {
  if (old.thing_id) await server.patch(`/devices/${successor.id}`, { thing_id: old.thing_id })
  await server.post(`/devices/${old.id}/revoke`, { reason: `replaced by ${successor.id}` })
  await server.patch(`/devices/${old.id}`, { name: nameOfReplaced(old.name) })
}

export interface Answer {
  label: string
  text: string
}

/** What the provisioning sketch asks for, in its order. */
export function sketchAnswers(parts: NonNullable<IssuedCertificate['board_parts']>): Answer[] {
  const from = new Date(parts.not_before)
  const years = new Date(parts.not_after).getUTCFullYear() - from.getUTCFullYear()
  return [
    { label: 'Issue year', text: String(from.getUTCFullYear()) },
    { label: 'Issue month', text: String(from.getUTCMonth() + 1) },
    { label: 'Issue day', text: String(from.getUTCDate()) },
    { label: 'Issue hour', text: String(from.getUTCHours()) },
    { label: 'Years valid', text: String(years) },
    { label: 'Serial number', text: parts.serial },
    { label: 'Authority key identifier', text: parts.authority_key_identifier },
    { label: 'Signature', text: parts.signature },
  ]
}
