import { afterEach, describe, expect, test, vi } from 'vitest'
import { leaveBy, pageOfProvider } from './providers'

afterEach(() => vi.unstubAllGlobals())

describe('the way to a provider', () => {
  test('is an address of the web under TLS and nothing else', () => {
    expect(pageOfProvider('https://id.example/auth?x=1')).toBe('https://id.example/auth?x=1')
    for (const wrong of ['http://id.example/', 'javascript:alert(1)', 'data:text/html,x', 'blob:https://id.example/1']) {
      expect(() => pageOfProvider(wrong), wrong).toThrow('no encrypted address')
    }
    expect(() => pageOfProvider('//id.example')).toThrow()
  })

  test('is asked for by POST, and gone', async () => {
    const assign = vi.fn()
    const asked: [string, string | undefined][] = []
    vi.stubGlobal('location', { assign })
    vi.stubGlobal('fetch', async (path: string, { method }: RequestInit) => {
      asked.push([path, method])
      return new Response(JSON.stringify({ url: 'https://id.example/auth' }), { headers: { 'content-type': 'application/json' } })
    })
    await leaveBy('/session/providers/google')
    expect(asked).toEqual([['/api/v1/session/providers/google', 'POST']])
    expect(assign).toHaveBeenCalledExactlyOnceWith('https://id.example/auth')
  })

  test('goes nowhere when the server refuses', async () => {
    const assign = vi.fn()
    vi.stubGlobal('location', { assign })
    vi.stubGlobal('fetch', async () => new Response(JSON.stringify({ error: { code: 'unavailable', message: 'Google does not answer.' } }), { status: 503 }))
    await expect(leaveBy('/session/providers/google')).rejects.toThrow('Google does not answer.')
    expect(assign).not.toHaveBeenCalled()
  })
})
