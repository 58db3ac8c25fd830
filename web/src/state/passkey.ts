/** Passkeys: what the server says in base64url, as the browser's navigator.credentials wants it, and back. */
import type { AddPasskeyRequest, PasskeyOffer, UsePasskeyRequest } from '../api/types'

const MINUTES = 5

/** Base64url without padding (RFC 4648, 5). */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

export function toText(bytes: ArrayBuffer): string {
  let plain = ''
  for (const byte of new Uint8Array(bytes)) plain += String.fromCharCode(byte)
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** A passkey belongs to a name. The last label of an address is a number; IPv6 has colons. */
export function isAddress(hostname: string): boolean {
  return hostname.includes(':') || /(^|\.)\d+$/.test(hostname)
}

/** Why there are no passkeys here, as a sentence; nothing if there are. */
export function whyNoPasskeys(hostname = location.hostname): string | undefined {
  if (isAddress(hostname)) return `Passkeys belong to a name, and ${hostname} is an address. Open the console by this server’s name.`
  if (!window.isSecureContext) return 'Passkeys need an encrypted connection.'
  if (!('PublicKeyCredential' in window)) return 'This browser has no passkeys.'
  return undefined
}

/** Whether the browser offers passkeys in the list below the e-mail field. */
export async function offersInForms(): Promise<boolean> {
  if (whyNoPasskeys() !== undefined) return false
  return (await window.PublicKeyCredential.isConditionalMediationAvailable?.()) === true
}

function named(credentials: string[]): PublicKeyCredentialDescriptor[] {
  return credentials.map((id) => ({ type: 'public-key', id: toBytes(id) }))
}

export function creation(offer: PasskeyOffer, email: string): PublicKeyCredentialCreationOptions {
  return {
    rp: { id: offer.host, name: `Fastness on ${offer.host}` },
    user: { id: toBytes(offer.user_handle ?? ''), name: email, displayName: email },
    challenge: toBytes(offer.challenge),
    // ES256, Ed25519, RS256: what the server verifies.
    pubKeyCredParams: [-7, -8, -257].map((alg) => ({ type: 'public-key', alg })),
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    attestation: 'none',
    excludeCredentials: named(offer.credentials),
    timeout: MINUTES * 60_000,
  }
}

export function assertion(offer: PasskeyOffer): PublicKeyCredentialRequestOptions {
  return {
    challenge: toBytes(offer.challenge),
    rpId: offer.host,
    allowCredentials: named(offer.credentials),
    userVerification: 'required',
    timeout: MINUTES * 60_000,
  }
}

/** Asks the browser for a new passkey. */
export async function makePasskey(offer: PasskeyOffer, email: string, name: string): Promise<AddPasskeyRequest> {
  const made = (await navigator.credentials.create({ publicKey: creation(offer, email) })) as PublicKeyCredential
  const response = made.response as AuthenticatorAttestationResponse
  if (typeof response.getAuthenticatorData !== 'function') throw new Error('This browser is too old to make passkeys here.')
  return { name, client_data: toText(response.clientDataJSON), authenticator_data: toText(response.getAuthenticatorData()) }
}

/** Asks the browser for one that there is; `inForm` waits until one is picked in the e-mail field. */
export async function askPasskey(offer: PasskeyOffer, inForm?: AbortSignal): Promise<UsePasskeyRequest> {
  const options: CredentialRequestOptions = { publicKey: assertion(offer) }
  if (inForm) Object.assign(options, { mediation: 'conditional', signal: inForm })
  const used = (await navigator.credentials.get(options)) as PublicKeyCredential
  const response = used.response as AuthenticatorAssertionResponse
  return {
    credential: toText(used.rawId),
    ...(response.userHandle ? { user_handle: toText(response.userHandle) } : {}),
    client_data: toText(response.clientDataJSON),
    authenticator_data: toText(response.authenticatorData),
    signature: toText(response.signature),
  }
}

/** A sentence for what the browser threw, which says on purpose little; nothing if the person stopped it. */
export function refusalOf(cause: unknown): string | undefined {
  if (!(cause instanceof DOMException)) return cause instanceof Error ? cause.message : String(cause)
  if (cause.name === 'AbortError' || cause.name === 'NotAllowedError') return undefined
  if (cause.name === 'InvalidStateError') return 'This device has a passkey of yours already.'
  if (cause.name === 'SecurityError') return 'The browser does not allow passkeys at this address.'
  if (cause.name === 'NotSupportedError' || cause.name === 'ConstraintError') return 'This device cannot make a passkey that asks for a finger, a face or a PIN.'
  return 'The browser could not use the passkey.'
}
