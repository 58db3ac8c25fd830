import { afterEach, describe, expect, test, vi } from 'vitest'
import { firstName } from '../pages/account/passkey-names'
import { assertion, askPasskey, creation, isAddress, makePasskey, refusalOf, toBytes, toText, whyNoPasskeys } from './passkey'

const offer = { challenge: 'AAEC_-8', host: 'iot.lan', user_handle: 'aGFuZGxl', credentials: ['Y3JlZA'], expires_at: '2026-12-01T12:00:00Z' }
const buffer = (text: string) => new TextEncoder().encode(text).buffer

afterEach(() => vi.unstubAllGlobals())

describe('bytes of passkeys', () => {
  test('are base64url without padding, both ways', () => {
    for (const [text, bytes] of [
      ['', []],
      ['AA', [0]],
      ['AAEC_-8', [0, 1, 2, 255, 239]],
      ['-_8', [251, 255]],
    ] as const) {
      expect([...toBytes(text)]).toEqual(bytes)
      expect(toText(Uint8Array.from(bytes).buffer)).toBe(text)
    }
  })
})

describe('where passkeys can be', () => {
  test('is a name, and no address of numbers', () => {
    for (const name of ['iot.lan', 'localhost', 'nas', '10.example', 'a-1']) expect(isAddress(name), name).toBe(false)
    for (const address of ['192.0.2.1', '127.0.0.1', '[::1]', '2001:db8::1']) expect(isAddress(address), address).toBe(true)
    expect(whyNoPasskeys('192.0.2.1')).toContain('192.0.2.1 is an address')
  })

  test('is said where the browser or the connection cannot', () => {
    vi.stubGlobal('window', { isSecureContext: false, PublicKeyCredential: {} })
    expect(whyNoPasskeys('iot.lan')).toContain('encrypted')
    vi.stubGlobal('window', { isSecureContext: true })
    expect(whyNoPasskeys('iot.lan')).toContain('browser')
    vi.stubGlobal('window', { isSecureContext: true, PublicKeyCredential: {} })
    expect(whyNoPasskeys('iot.lan')).toBeUndefined()
  })
})

describe('what the browser is asked', () => {
  test('always verifies the user, and wants no attestation', () => {
    const made = creation(offer, 'me@x.y')
    expect(made.rp.id).toBe('iot.lan')
    expect(made.user.name).toBe('me@x.y')
    expect(made.attestation).toBe('none')
    expect(made.authenticatorSelection?.userVerification).toBe('required')
    expect(made.authenticatorSelection?.residentKey).toBe('required')
    expect(made.pubKeyCredParams.map(({ alg }) => alg)).toEqual([-7, -8, -257])
    expect(made.excludeCredentials).toHaveLength(1)
    expect(assertion(offer)).toMatchObject({ rpId: 'iot.lan', userVerification: 'required' })
  })

  test('is sent to the server as it came', async () => {
    const response = { clientDataJSON: buffer('{}'), authenticatorData: buffer('data'), signature: buffer('sig'), userHandle: buffer('me'), getAuthenticatorData: () => buffer('made') }
    const credential = { rawId: buffer('cred'), response }
    vi.stubGlobal('navigator', { credentials: { create: async () => credential, get: async () => credential } })
    expect(await makePasskey(offer, 'me@x.y', 'Phone')).toEqual({ name: 'Phone', client_data: 'e30', authenticator_data: 'bWFkZQ' })
    expect(await askPasskey(offer)).toEqual({ credential: 'Y3JlZA', user_handle: 'bWU', client_data: 'e30', authenticator_data: 'ZGF0YQ', signature: 'c2ln' })
    Object.assign(response, { getAuthenticatorData: undefined })
    await expect(makePasskey(offer, 'me@x.y', 'Phone')).rejects.toThrow('too old')
  })

  test('is no fault when its person stops it', () => {
    expect(refusalOf(new DOMException('', 'NotAllowedError'))).toBeUndefined()
    expect(refusalOf(new DOMException('', 'AbortError'))).toBeUndefined()
    expect(refusalOf(new DOMException('', 'InvalidStateError'))).toContain('already')
    expect(refusalOf(new Error('The server says no.'))).toBe('The server says no.')
  })
})

describe('a new passkey', () => {
  test('is called after the system that made it', () => {
    const linux = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/131'
    expect(firstName([], linux)).toBe('Linux')
    expect(firstName(['Linux', 'Linux 2'], linux)).toBe('Linux 3')
    expect(firstName([], 'Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X)')).toBe('iPhone')
    expect(firstName([], 'something')).toBe('Passkey')
  })
})
