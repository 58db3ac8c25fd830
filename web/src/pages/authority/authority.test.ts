import { describe, expect, test } from 'vitest'
import type { Authority, Generation, Rotation, StragglerReason } from '../../api/types'
import { boxesOf, desk, pathsOf, phone, stonesOf, type Batch } from './wall'
import { badgeOf, batches, cutOffWords, datesOf, emergencyEffects, etaWords, leadSentence, lockdownCall, named, needy, nextKey, progressTitle, progressWords, renewed, stageOf, stateWords, stragglerRows } from './words'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const now = Date.parse('2026-02-10T12:00:00Z')
const at = (ahead: number) => new Date(now + ahead).toISOString()

function generation(number: number, state: Generation['state'], more: Partial<Generation> = {}): Generation {
  return {
    number, state, created_at: at(-30 * DAY), signs_until: at(20 * DAY), fingerprint: 'ab', certificate_pem: 'PEM', devices: 0, boards: 0, stragglers: [],
    ...(state === 'issuing' && { signs_since: at(-10 * DAY) }), ...more,
  }
}

function rotation(step: Rotation['step'], more: Partial<Rotation> = {}): Rotation {
  return { number: 1, kind: 'routine', from: 1, to: 2, step, began_at: at(-2 * HOUR), issue_at: at(-HOUR), ...more }
}

function stragglers(counts: Partial<Record<StragglerReason, number>>): Authority['stragglers'] {
  return Object.entries(counts).map(([reason, devices]) => ({ reason: reason as StragglerReason, devices }))
}

/** Three of ten devices have come to generation 2, and the others have their reasons. */
function moving(more: Partial<Authority> = {}, late = stragglers({ due: 4, not_seen: 1, by_hand: 2 })): Authority {
  return {
    generations: [generation(1, 'retiring', { devices: 7, boards: 2, stragglers: late }), generation(2, 'issuing', { devices: 3 })],
    devices: { with_certificate: 10, without_certificate: 1, renewed: 3 },
    stragglers: late,
    rotation: rotation('renewing'),
    ...more,
  }
}

/** The key of generation 1 was stolen: two of its devices are boards, one is not. */
function robbed(cutOff?: string): Authority {
  return moving({
    generations: [
      generation(1, 'distrusted', { devices: 3, boards: 2, distrusted_at: at(-2 * HOUR), board_cut_off: cutOff, stragglers: stragglers({ by_hand: 2, shut_out: 1 }) }),
      generation(2, 'retiring', { devices: 4, boards: 2, stragglers: stragglers({ not_seen: 1, suspended: 1, by_hand: 2 }) }),
      generation(3, 'issuing', { devices: 3 }),
    ],
    stragglers: stragglers({ not_seen: 1, suspended: 1, by_hand: 4, shut_out: 1 }),
    rotation: rotation('renewing', { kind: 'emergency', to: 3, board_cut_off: cutOff }),
  })
}

const calm = moving({ rotation: rotation('completed', { ended_at: at(-DAY) }) }, stragglers({ by_hand: 2 }))
const soaking = moving({
  generations: [generation(1, 'issuing', { devices: 10 }), generation(2, 'trusted')],
  devices: { with_certificate: 10, without_certificate: 1, renewed: 10 },
  stragglers: [],
  rotation: rotation('soaking', { issue_at: at(HOUR) }),
})

describe('a lock of enrolment', () => {
  test('says since when, and whose key it is', () => {
    expect(lockdownCall({ generation: 3, since: at(-HOUR) }, now).title).toBe('Nothing new is let in since 11:00: somebody has the key of generation 3')
  })
})

describe('what the authority does', () => {
  test('is the step of an open rotation, or a move without one, or nothing', () => {
    expect(stageOf(soaking)).toBe('soaking')
    expect(stageOf(moving())).toBe('renewing')
    expect(stageOf(moving({ rotation: undefined }))).toBe('renewing')
    expect(stageOf(moving({ rotation: rotation('aborted') }))).toBe('renewing')
    expect(stageOf(calm)).toBe('calm')
  })

  test('is said in a sentence', () => {
    expect(leadSentence(calm, now)).toBe('Generation 2 signs device certificates since 31 Jan. Nothing is under way; the next key takes over with the first certificate after 2 Mar.')
    expect(leadSentence(soaking, now)).toBe('Generation 2 takes over at 13:00. Nobody is cut off.')
    expect(leadSentence(moving(), now)).toBe('Device certificates are moving to generation 2. Nobody is cut off.')
    expect(leadSentence(moving({ rotation: rotation('discarding') }), now)).toMatch(/taken back/)
    expect(leadSentence({ ...calm, generations: [], stragglers: [] }, now)).toMatch(/^No key signs/)
  })

  test('in an emergency says so, and how many devices need a person', () => {
    expect(leadSentence(robbed(at(90 * DAY)), now)).toBe(
      'Generation 1 was given up: somebody else may have its key. Generation 3 signs now. 3\u00a0devices need you.',
    )
  })

  test('carries a name and a badge', () => {
    expect(progressTitle(moving())).toBe('Rotation to generation 2')
    expect(progressTitle(moving({ rotation: undefined }))).toBe('Move to generation 2')
    expect(badgeOf(moving(), now)).toEqual({ text: 'Under way since 10:00', look: 'work' })
    expect(badgeOf(robbed(), now)).toEqual({ text: 'Emergency since 10:00', look: 'harm' })
    expect(badgeOf(moving({ rotation: undefined }), now).text).toBe('By itself')
  })

  test('the next key takes over when a device comes for a certificate', () => {
    expect(nextKey(generation(2, 'issuing'), now)).toBe('with the first certificate after 2 Mar')
    expect(nextKey(generation(2, 'issuing', { signs_until: at(-1) }), now)).toBe('with the next certificate')
  })
})

describe('progress', () => {
  test('before the new key issues nobody has come, though all have the certificate that counted until now', () => {
    expect(renewed(soaking)).toBe(0)
    expect(renewed(moving())).toBe(3)
    expect(batches(soaking, now)).toEqual([{ stone: 'wait', devices: 10 }])
  })

  test('an estimate says how it was made', () => {
    expect(etaWords(moving({ estimated_end: at(2 * HOUR) }), now)).toEqual({ text: '14:00', how: 'If the other 5 come as fast as those until now' })
    expect(etaWords(moving({ estimated_end: at(3 * DAY) }), now).text).toBe('13 Feb 12:00')
    expect(etaWords(moving({ estimated_end: at(20_000) }), now).text).toBe('Within a minute')
    expect(etaWords(moving({ estimated_end: at(-HOUR) }), now).text).toBe('Within a minute')
  })

  test('without an estimate it does not guess', () => {
    expect(etaWords(moving(), now)).toEqual({ text: 'Not known yet', how: 'Two must have come before it can be told' })
    expect(etaWords(soaking, now).text).toBe('Not known yet')
    expect(etaWords(moving({}, stragglers({ by_hand: 2 })), now).text).toBe('Waits for nobody')
  })

  test('is words for whoever does not see the bar', () => {
    expect(progressWords(moving({ estimated_end: at(HOUR) }), now)).toBe('3 of 10\u00a0devices renewed, done by 13:00')
    expect(progressWords(soaking, now)).toBe('0 of 10\u00a0devices renewed')
  })

  test('the cut-off says what happens then', () => {
    expect(cutOffWords(undefined, now)).toEqual({ text: 'For good', then: 'Unless a cut-off is set later' })
    expect(cutOffWords(at(36 * HOUR), now)).toEqual({ text: 'Until 12 Feb 00:00', then: '2\u00a0days left. Then they need new credentials by hand' })
    expect(cutOffWords(at(-HOUR), now)).toEqual({ text: 'Not since 11:00', then: 'They need new credentials by hand' })
  })
})

describe('who is not renewed', () => {
  const told = (authority: Authority) => stragglerRows(authority, now).map(({ why, devices, needsYou }) => [why, devices, needsYou])

  test('needs nobody in a routine rotation', () => {
    expect(told(moving())).toEqual([['Here since, and due to come', 4, false], ['Not here since', 1, false], ['Boards that can’t renew', 2, false]])
    expect(needy(moving(), now)).toBe(0)
  })

  test('needs a person where a key was given up, and no device counts twice', () => {
    expect(told(robbed(at(90 * DAY)))).toEqual([
      ['Boards of generation 1', 2, true],
      ['Other devices of generation 1', 1, true],
      ['Not here since', 1, false],
      ['Suspended', 1, false],
      ['Boards that can’t renew', 2, false],
    ])
  })

  test('boards without a cut-off need nobody', () => {
    expect(told(robbed())[0]).toEqual(['Other devices of generation 1', 1, true])
  })

  test('before and after the cut-off is said apart', () => {
    expect(stragglerRows(robbed(at(90 * DAY)), now)[0]!.next).toBe('Let in by the ledger until 11 May. Give each new credentials by hand before.')
    expect(stragglerRows(robbed(at(-HOUR)), now)[0]!.next).toBe('Cut off since 11:00. Each needs new credentials by hand.')
  })

  test('the same reason of several generations is one row, unless it needs a person', () => {
    const twice = robbed(at(DAY))
    twice.generations[1] = { ...twice.generations[1]!, state: 'distrusted', stragglers: stragglers({ shut_out: 2, suspended: 1 }) }
    twice.generations[0]!.stragglers.push({ reason: 'suspended', devices: 1 })
    expect(told(twice)).toEqual([
      ['Boards of generation 1', 2, true],
      ['Other devices of generation 1', 1, true],
      ['Other devices of generation 2', 2, true],
      ['Suspended', 2, false],
    ])
  })

  test('becomes stones from the foot to the top', () => {
    expect(batches(robbed(at(DAY)), now)).toEqual([
      { stone: 'set', devices: 3 },
      { stone: 'sleep', devices: 1 },
      { stone: 'ledger', devices: 2 },
      { stone: 'held', devices: 1 },
      { stone: 'heed', devices: 3 },
    ])
  })
})

describe('a generation', () => {
  const said = (one: Generation) => {
    const { name, signs, admits } = stateWords(one, now)
    return `${name}. ${signs} ${admits}`
  }

  test('says what it signs, and how its devices come in', () => {
    expect(said(generation(3, 'staged'))).toBe('Staged. Its key is made, and signs nothing yet. It has no devices.')
    expect(said(generation(3, 'trusted'))).toBe('Trusted. It is known, and signs nothing yet. It has no devices.')
    expect(said(generation(3, 'issuing'))).toBe('Issuing. Signs new certificates. All its devices come in.')
    expect(said(generation(3, 'retiring'))).toBe('Retiring. Signs nothing any more. All its devices come in.')
    expect(said(generation(3, 'destroyed'))).toBe('Destroyed. Its private key is gone. No device of yours depends on it.')
  })

  test('that was given up lets in boards until the cut-off', () => {
    const given = (cutOff?: number) => said(generation(3, 'distrusted', { devices: 2, boards: 2, board_cut_off: cutOff === undefined ? undefined : at(cutOff) }))
    expect(given()).toMatch(/Only boards that the ledger knew before come in, for good\.$/)
    expect(given(40 * DAY)).toMatch(/until 22 Mar\.$/)
    expect(given(-DAY)).toMatch(/Nobody comes in since 9 Feb 12:00\.$/)
  })

  test('has the dates of its life', () => {
    const words = (one: Generation) => datesOf(one).map(({ word }) => word)
    expect(words(generation(3, 'issuing'))).toEqual(['signs since', 'until'])
    expect(words(generation(3, 'retiring'))).toEqual(['made'])
    expect(words(generation(3, 'distrusted', { distrusted_at: at(-DAY) }))).toEqual(['made', 'given up'])
  })

  test('or several are named in one breath', () => {
    expect(named([generation(3, 'retiring')])).toBe('generation 3')
    expect(named([1, 2, 3].map((number) => generation(number, 'retiring')))).toBe('generations 1, 2 and 3')
  })

  test('that an emergency would give up says how many devices that cuts off', () => {
    expect(emergencyEffects(generation(3, 'issuing', { devices: 5, boards: 1 }), 90)).toEqual([
      'Generation 3 is given up within a second, and a fresh key signs.',
      '1\u00a0board of it: let in by the ledger for 90 days. After that each needs new credentials by hand.',
      '4\u00a0other devices of it: cut off at once, until it renews with the key it has or is enrolled anew.',
    ])
    expect(emergencyEffects(generation(3, 'issuing'), 90).at(-1)).toBe('No device of yours has a certificate of it.')
  })
})

describe('the wall', () => {
  const counts = (list: Batch[]) => list.map(({ devices }) => devices)

  test('has a stone for each of up to 400 devices', () => {
    expect(counts(stonesOf([{ stone: 'set', devices: 399 }, { stone: 'wait', devices: 1 }, { stone: 'heed', devices: 0 }]))).toEqual([399, 1])
  })

  test('beyond that shares them, and one straggler stays one stone', () => {
    expect(counts(stonesOf([{ stone: 'set', devices: 99_999 }, { stone: 'heed', devices: 1 }]))).toEqual([311, 1])
    const shared = counts(stonesOf([{ stone: 'set', devices: 300 }, { stone: 'wait', devices: 100 }, { stone: 'sleep', devices: 1 }]))
    expect(shared.reduce((sum, count) => sum + count)).toBe(312)
    expect(shared[2]).toBe(1)
  })

  test.each([1, 3, 20, 21, 40, 41, 59, 119, 312, 400])('of %i stones stays within its frame, and no stone lies on another', (count) => {
    for (const size of [desk, phone]) {
      const { boxes, stone, height } = boxesOf(count, size)
      expect(boxes).toHaveLength(count)
      for (const { x, y, width } of boxes) {
        expect(width).toBeGreaterThan(1)
        expect(x).toBeGreaterThanOrEqual(0)
        expect(x + width).toBeLessThanOrEqual(size.width + 0.001)
        expect(y).toBeGreaterThanOrEqual(0)
        expect(y + stone).toBeLessThanOrEqual(height)
      }
      for (const [index, box] of boxes.entries()) {
        const next = boxes[index + 1]
        if (next?.y === box.y) expect(next.x - box.x - box.width).toBeGreaterThan(size.gap - 0.001)
      }
    }
  })

  test('of nothing is nothing', () => {
    expect(pathsOf([], desk)).toEqual({ paths: [], height: 0 })
  })

  test('is drawn as one path for each look, the same at every look', () => {
    const all: Batch[] = [{ stone: 'set', devices: 196 }, { stone: 'wait', devices: 90 }, { stone: 'heed', devices: 1 }]
    const looks = pathsOf(all, desk).paths.map(([look]) => look).sort()
    expect(looks).toEqual(['heed', 'set', 'set t1', 'set t2', 'wait'])
    expect(pathsOf(all, desk)).toEqual(pathsOf(all, desk))
    expect(pathsOf(all, phone).paths.flat().join()).not.toMatch(/NaN|Infinity/)
  })
})
