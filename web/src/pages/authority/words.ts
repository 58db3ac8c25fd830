/** The device authority in words. All functions are pure: `now` is always an argument. */
import type { Attention, Authority, Generation, Rotation, StragglerReason } from '../../api/types'
import { formatCount, plural } from '../../format/numbers'
import { daysLeft, moment, toMillis } from '../../format/time'
import type { Batch, Stone } from './wall'

/** What the authority is doing. A key that took over by itself has devices to renew, and no rotation. */
export type Stage = 'calm' | Exclude<Rotation['step'], Ended>
type Ended = 'completed' | 'aborted' | 'superseded'

function hasEnded(step: Rotation['step']): step is Ended {
  return step === 'completed' || step === 'aborted' || step === 'superseded'
}

/** The rotation that is under way. */
export function openRotation({ rotation }: Authority): Rotation | undefined {
  return rotation && !hasEnded(rotation.step) ? rotation : undefined
}

export function issuing({ generations }: Authority): Generation | undefined {
  return generations.find((generation) => generation.state === 'issuing')
}

function straggling({ stragglers }: Authority, reason: StragglerReason): number {
  return stragglers.find((group) => group.reason === reason)?.devices ?? 0
}

/** Those that come by themselves, and have not. */
function awaited(authority: Authority): number {
  return straggling(authority, 'due') + straggling(authority, 'not_seen')
}

export function stageOf(authority: Authority): Stage {
  const step = authority.rotation?.step
  if (step && !hasEnded(step)) return step
  return awaited(authority) > 0 ? 'renewing' : 'calm'
}

/** The number of the generation that devices come to, or will. */
function target(authority: Authority): number | undefined {
  return openRotation(authority)?.to ?? issuing(authority)?.number
}

export function progressTitle(authority: Authority): string {
  return `${openRotation(authority) ? 'Rotation' : 'Move'} to generation ${target(authority)}`
}

/** What an owner is told while enrolment is locked; the commands come after it. */
export function lockdownCall({ generation, since }: NonNullable<Authority['lockdown']>, now: number): Pick<Attention, 'title' | 'remedy'> {
  return {
    title: `Nothing new is let in since ${moment(toMillis(since) ?? now, now)}: somebody has the key of generation ${generation}`,
    remedy: 'A certificate that it signed, and that the ledger does not know, was used and refused. Devices that are known go on and renew. On the host, give the key up, then end the lock:',
  }
}

/** The page in two sentences: what happens, and whether a person has to do something. */
export function leadSentence(authority: Authority, now: number): string {
  const needed = needy(authority, now)
  const call = needed === 0 ? '' : ` ${plural(needed, 'device needs', 'devices need')} you.`
  return stageSentence(authority, now) + call
}

function stageSentence(authority: Authority, now: number): string {
  const rotation = openRotation(authority)
  const current = issuing(authority)
  if (rotation?.step === 'discarding') return `The rotation was taken back. The key of generation ${rotation.to} is being destroyed.`
  if (rotation && rotation.step !== 'renewing') {
    return `Generation ${rotation.to} takes over ${momentOf(rotation.issue_at, now)}. Nobody is cut off.`
  }
  if (rotation?.kind === 'emergency') {
    return `Generation ${rotation.from} was given up: somebody else may have its key. Generation ${rotation.to} signs now.`
  }
  if (stageOf(authority) === 'renewing') return `Device certificates are moving to generation ${target(authority)}. Nobody is cut off.`
  if (!current) return 'No key signs device certificates yet. The first one is made when it is needed.'
  const since = toMillis(current.signs_since)
  const start = `Generation ${current.number} signs device certificates${since === undefined ? '' : ` since ${moment(since, now)}`}.`
  return `${start} Nothing is under way; the next key takes over ${nextKey(current, now)}.`
}

/** When the next key takes over without anybody's order: a device must come for a certificate, too. */
export function nextKey(current: Generation, now: number): string {
  const until = toMillis(current.signs_until) ?? now
  return until <= now ? 'with the next certificate' : `with the first certificate after ${moment(until, now)}`
}

function momentOf(time: string | undefined, now: number): string {
  const at = toMillis(time)
  return at === undefined || at <= now ? 'soon' : `at ${moment(at, now)}`
}

export function badgeOf(authority: Authority, now: number): { text: string; look: 'work' | 'harm' } {
  const rotation = openRotation(authority)
  if (!rotation) return { text: 'By itself', look: 'work' }
  const since = moment(toMillis(rotation.began_at) ?? now, now)
  return rotation.kind === 'emergency' ? { text: `Emergency since ${since}`, look: 'harm' } : { text: `Under way since ${since}`, look: 'work' }
}

/** How many have a certificate of the generation that they move to. Until it issues nobody can. */
export function renewed(authority: Authority): number {
  return stageOf(authority) === 'renewing' ? authority.devices.renewed : 0
}

/** When the move will be done, and how that is known. */
export function etaWords(authority: Authority, now: number): { text: string; how: string } {
  if (stageOf(authority) !== 'renewing') return { text: 'Not known yet', how: 'It has not begun to issue' }
  const left = awaited(authority)
  if (left === 0) return { text: 'Waits for nobody', how: 'All that come by themselves have come' }
  const end = toMillis(authority.estimated_end)
  if (end === undefined) return { text: 'Not known yet', how: 'Two must have come before it can be told' }
  const how = `If the other ${formatCount(left)} come as fast as those until now`
  return { text: end - now < 60_000 ? 'Within a minute' : moment(end, now), how }
}

/** For a screen reader: the bar in words. */
export function progressWords(authority: Authority, now: number): string {
  const said = `${formatCount(renewed(authority))} of ${plural(authority.devices.with_certificate, 'device', 'devices')} renewed`
  const end = toMillis(authority.estimated_end)
  return stageOf(authority) === 'renewing' && end !== undefined ? `${said}, done by ${moment(end, now)}` : said
}

/** Until when boards of a key that was given up come in, and what then. */
export function cutOffWords(cutOff: string | undefined, now: number): { text: string; then: string } {
  const at = toMillis(cutOff)
  if (at === undefined) return { text: 'For good', then: 'Unless a cut-off is set later' }
  if (at <= now) return { text: `Not since ${moment(at, now)}`, then: 'They need new credentials by hand' }
  return { text: `Until ${moment(at, now)}`, then: `${plural(daysLeft(at, now), 'day', 'days')} left. Then they need new credentials by hand` }
}

const isGivenUp = ({ state }: Generation) => state === 'distrusted' || state === 'destroyed'
const notBoards = ({ devices, boards }: Generation) => devices - boards

/** "generation 3", "generations 3 and 4" */
export function named(generations: Generation[]): string {
  const numbers = generations.map(({ number }) => String(number))
  const last = numbers.pop()
  return numbers.length === 0 ? `generation ${last}` : `generations ${numbers.join(', ')} and ${last}`
}

export interface StragglerRow {
  reason: StragglerReason
  devices: number
  why: string
  next: string
  needsYou: boolean
}

const whys: Record<StragglerReason, string> = {
  due: 'Here since, and due to come',
  not_seen: 'Not here since',
  suspended: 'Suspended',
  quarantined: 'In quarantine',
  by_hand: 'Boards that can’t renew',
  shut_out: 'Shut out',
}

/** In the order in which they are told. */
const reasons = Object.keys(whys) as StragglerReason[]

const nexts: Record<StragglerReason, string> = {
  due: 'Each asks for its certificate by itself.',
  not_seen: 'Each asks when it comes back.',
  suspended: 'None gets a certificate until it is let in again.',
  quarantined: 'None gets a certificate: it may be a clone.',
  by_hand: 'The ledger knows them, so they come in as before.',
  shut_out: 'Cut off until each renews with the key it has. Those that can’t are enrolled anew.',
}

/** Boards of a key that was given up, whose end is set: in time each needs a person. */
function endingBoards({ number, board_cut_off }: Generation, devices: number, now: number): StragglerRow {
  const at = toMillis(board_cut_off) ?? now
  const next =
    at <= now
      ? `Cut off since ${moment(at, now)}. Each needs new credentials by hand.`
      : `Let in by the ledger until ${moment(at, now)}. Give each new credentials by hand before.`
  return { reason: 'by_hand', devices, why: `Boards of generation ${number}`, next, needsYou: true }
}

/** The reasons that a person has to know of each generation by itself. */
function ownRow(generation: Generation, { reason, devices }: Authority['stragglers'][number], now: number): StragglerRow | undefined {
  if (reason === 'shut_out') {
    return { reason, devices, why: `Other devices of generation ${generation.number}`, next: nexts.shut_out, needsYou: true }
  }
  const ends = reason === 'by_hand' && isGivenUp(generation) && generation.board_cut_off !== undefined
  return ends ? endingBoards(generation, devices, now) : undefined
}

/** Why devices have no certificate of the newest key, and what comes of it; first those that need a person. */
export function stragglerRows({ generations }: Authority, now: number): StragglerRow[] {
  const own: StragglerRow[] = []
  const others = new Map<StragglerReason, number>()
  for (const generation of generations) {
    for (const group of generation.stragglers) {
      const row = ownRow(generation, group, now)
      if (row) own.push(row)
      else others.set(group.reason, (others.get(group.reason) ?? 0) + group.devices)
    }
  }
  const shared = reasons.map((reason) => ({ reason, devices: others.get(reason) ?? 0, why: whys[reason], next: nexts[reason], needsYou: false }))
  return [...own, ...shared].filter(({ devices }) => devices > 0)
}

/** How many devices a person has to do something about. */
export function needy(authority: Authority, now: number): number {
  return stragglerRows(authority, now).reduce((sum, { devices, needsYou }) => sum + (needsYou ? devices : 0), 0)
}

const stones: Record<StragglerReason, Stone> = { due: 'wait', not_seen: 'sleep', by_hand: 'ledger', suspended: 'held', quarantined: 'held', shut_out: 'heed' }
const course: Stone[] = ['set', 'wait', 'sleep', 'ledger', 'held', 'heed']

export const stoneWords: Record<Stone, string> = {
  set: 'renewed',
  wait: 'to come',
  sleep: 'not here since',
  ledger: 'let in by the ledger',
  held: 'suspended or in quarantine',
  heed: 'need you',
}

/** The devices as the wall shows them, from its foot to its top. Before the new key issues all of them wait. */
export function batches(authority: Authority, now: number): Batch[] {
  if (stageOf(authority) !== 'renewing') return [{ stone: 'wait', devices: authority.devices.with_certificate }]
  const rows = stragglerRows(authority, now).map(({ reason, devices, needsYou }) => ({ stone: needsYou ? ('heed' as const) : stones[reason], devices }))
  const all: Batch[] = [{ stone: 'set', devices: authority.devices.renewed }, ...rows]
  return course
    .map((stone) => ({ stone, devices: all.filter((batch) => batch.stone === stone).reduce((sum, { devices }) => sum + devices, 0) }))
    .filter(({ devices }) => devices > 0)
}

export interface StateWords {
  name: string
  look: '' | 'live' | 'harm'
  signs: string
  admits: string
}

const states: Record<Generation['state'], [name: string, look: StateWords['look'], signs: string]> = {
  staged: ['Staged', '', 'Its key is made, and signs nothing yet.'],
  trusted: ['Trusted', '', 'It is known, and signs nothing yet.'],
  issuing: ['Issuing', 'live', 'Signs new certificates.'],
  retiring: ['Retiring', '', 'Signs nothing any more.'],
  distrusted: ['Distrusted', 'harm', 'Given up: signs nothing.'],
  destroyed: ['Destroyed', '', 'Its private key is gone.'],
}

/** What a generation signs, and how its devices come in. */
export function stateWords(generation: Generation, now: number): StateWords {
  const [name, look, signs] = states[generation.state]
  return { name, look, signs, admits: admission(generation, now) }
}

function admission(generation: Generation, now: number): string {
  if (generation.state === 'staged' || generation.state === 'trusted') return 'It has no devices.'
  if (!isGivenUp(generation)) return 'All its devices come in.'
  if (generation.devices === 0) return 'No device of yours depends on it.'
  const at = toMillis(generation.board_cut_off)
  if (at !== undefined && at <= now) return `Nobody comes in since ${moment(at, now)}.`
  return `Only boards that the ledger knew before come in, ${at === undefined ? 'for good' : `until ${moment(at, now)}`}.`
}

/** The days in the life of a generation. Once it signs, when its key was made says nothing more. */
export function datesOf({ created_at, signs_since, signs_until, distrusted_at }: Generation): { word: string; time: string }[] {
  if (signs_since) return [{ word: 'signs since', time: signs_since }, { word: 'until', time: signs_until }]
  return [{ word: 'made', time: created_at }, ...(distrusted_at ? [{ word: 'given up', time: distrusted_at }] : [])]
}

/** What an emergency rotation would do to this organisation's devices. */
export function emergencyEffects(current: Generation, days: number): string[] {
  const { boards } = current
  const rest = notBoards(current)
  return [
    `Generation ${current.number} is given up within a second, and a fresh key signs.`,
    ...(boards > 0 ? [`${plural(boards, 'board', 'boards')} of it: let in by the ledger for ${days} days. After that each needs new credentials by hand.`] : []),
    ...(rest > 0 ? [`${plural(rest, 'other device', 'other devices')} of it: cut off at once, until it renews with the key it has or is enrolled anew.`] : []),
    ...(boards + rest === 0 ? ['No device of yours has a certificate of it.'] : []),
  ]
}

export function retiring({ generations }: Authority): Generation[] {
  return generations.filter(({ state }) => state === 'retiring')
}
