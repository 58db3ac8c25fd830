import { describe, expect, test } from 'vitest'
import type { Device } from '../../api/types'
import { certify, dropSuccessor, makeSuccessor, nameOfReplaced, sketchAnswers, takePlace, type Server } from './regenerate'

const old: Device = {
  id: 'd1', name: 'gh-north-1', type: 'mkrwifi1010', tags: { site: 'north' }, status: 'offline', thing_id: 't1', created_at: '2026-01-01T00:00:00Z',
  identity: { state: 'active', auth: 'certificate' },
}
const successor: Device = { ...old, id: 'd2', thing_id: undefined }

/** Keeps what it is asked, and fails where it is told to. */
function recorder(failsAt?: string) {
  const asked: [string, unknown?][] = []
  const answer = (verb: string) => async <T,>(path: string, body?: unknown) => {
    asked.push(body === undefined ? [`${verb} ${path}`] : [`${verb} ${path}`, body])
    if (`${verb} ${path}` === failsAt) throw new Error('no answer')
    return successor as T
  }
  const server: Server = { post: answer('POST'), patch: answer('PATCH'), del: answer('DELETE') }
  return { asked, server }
}

describe('new credentials for a board with another key', () => {
  test('begin with a device like the old one, that takes nothing from it yet', async () => {
    const { asked, server } = recorder()
    expect(await makeSuccessor(server, old)).toBe(successor)
    expect(asked).toEqual([['POST /devices', { name: 'gh-north-1', type: 'mkrwifi1010', tags: { site: 'north' } }]])
  })

  test('are a board’s certificate', async () => {
    const { asked, server } = recorder()
    await certify(server, successor, '\n-----BEGIN…\n\n')
    expect(asked).toEqual([['POST /devices/d2/enrol', { csr_pem: '-----BEGIN…\n', profile: 'board' }]])
  })

  test('take the thing before the old ones end', async () => {
    const { asked, server } = recorder()
    await takePlace(server, old, successor)
    expect(asked.map(([what]) => what)).toEqual(['PATCH /devices/d2', 'POST /devices/d1/revoke', 'PATCH /devices/d1'])
    expect(asked[0]![1]).toEqual({ thing_id: 't1' })
    expect(asked[2]![1]).toEqual({ name: 'gh-north-1 (replaced)' })
  })

  test('of a device without a thing move none', async () => {
    const { asked, server } = recorder()
    await takePlace(server, { ...old, thing_id: undefined }, successor)
    expect(asked.map(([what]) => what)).toEqual(['POST /devices/d1/revoke', 'PATCH /devices/d1'])
  })

  test('leave the old ones alone when the thing cannot be moved', async () => {
    const { asked, server } = recorder('PATCH /devices/d2')
    await expect(takePlace(server, old, successor)).rejects.toThrow('no answer')
    expect(asked).toHaveLength(1)
  })

  test('are taken back when nobody goes on', async () => {
    const { asked, server } = recorder()
    await dropSuccessor(server, successor)
    expect(asked).toEqual([['DELETE /devices/d2']])
  })

  test('leave room in the old name', () => {
    expect(nameOfReplaced('x'.repeat(64))).toHaveLength(64)
    expect(nameOfReplaced('x'.repeat(64))).toMatch(/x \(replaced\)$/)
  })

  test('are told in the order in which the sketch asks', () => {
    const parts = { not_before: '2026-02-10T09:00:00Z', not_after: '2057-02-10T09:00:00Z', serial: '42', authority_key_identifier: 'ab', signature: 'cd' }
    expect(sketchAnswers(parts).map(({ text }) => text)).toEqual(['2026', '2', '10', '9', '31', '42', 'ab', 'cd'])
  })
})
