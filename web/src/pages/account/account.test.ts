import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiError, post, whenStepUp } from '../../api/client'
import { parsePath } from '../../state/router.svelte'
import { codesLeft, recoveryText } from './recovery'

describe('recovery codes', () => {
  test('as a text say what they are, whose and of when', () => {
    const text = recoveryText(['AAAA-BBBB-CCCC-DDDD', 'EEEE-FFFF-GGGG-HHHH'], 'iot.lan:8443', 'me@x.y', '2026-11-30')

    expect(text).toContain('me@x.y on iot.lan:8443, made 2026-11-30')
    expect(text.split('\n')).toContain('EEEE-FFFF-GGGG-HHHH')
  })

  test('are counted in words', () => {
    expect(codesLeft(0)).toMatch(/^No recovery code is left/)
    expect(codesLeft(1)).toBe('One recovery code is left.')
    expect(codesLeft(9)).toBe('9 recovery codes are left.')
  })

  test('have their page', () => {
    expect(parsePath('/account').page).toBe('account')
  })
})

describe('a request that needs a fresh proof', () => {
  let sent: string[]
  let proofs: number
  beforeEach(() => {
    sent = []
    proofs = 0
    vi.stubGlobal('fetch', async (path: string) => {
      sent.push(path)
      const problem = { error: { code: 'step_up_required', message: 'Show again who you are.' } }
      return proofs > 0 ? new Response(null, { status: 204 }) : new Response(JSON.stringify(problem), { status: 403 })
    })
  })
  afterEach(() => {
    whenStepUp(async () => false)
    vi.unstubAllGlobals()
  })

  test('is sent again by itself once the proof is given', async () => {
    whenStepUp(async () => ++proofs > 0)

    await post('/api-keys', { name: 'n' })

    expect(sent).toEqual(['/api/v1/api-keys', '/api/v1/api-keys'])
    expect(proofs).toBe(1)
  })

  test('fails when the person does not want to', async () => {
    const failed = post('/api-keys', { name: 'n' })

    await expect(failed).rejects.toBeInstanceOf(ApiError)
    await expect(failed).rejects.toMatchObject({ needsProof: true })
    expect(sent).toHaveLength(1)
  })

  test('is not asked for again and again', async () => {
    let asked = 0
    whenStepUp(async () => ++asked > 0)

    await expect(post('/api-keys', {})).rejects.toMatchObject({ status: 403 })

    expect(asked).toBe(1)
    expect(sent).toHaveLength(2)
  })
})
