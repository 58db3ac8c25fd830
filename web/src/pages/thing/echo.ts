/** The line under a control: what the board confirmed, and what is being asked of it. */
import type { Property, Value } from '../../api/types'
import { clock as clockTime, clockWithSeconds, logTime } from '../../format/time'
import { valueText } from '../../format/values'
import type { LastValue } from '../../state/catalog.svelte'
import { phaseOf, type Write } from '../../state/write'

export interface Echo {
  icon: 'confirmed' | 'asking' | 'heard' | 'refused' | 'none'
  text: string
}

export type Shut = { text: string } | undefined

function when(time: number, now: number): string {
  const day = logTime(time, now)
  return day.includes(':') ? clockWithSeconds(time) : `${day.replace('Yesterday', 'yesterday')} ${clockTime(time)}`
}

function asking(property: Property, wanted: Value, last: LastValue | undefined): string {
  if (typeof wanted === 'boolean') return wanted ? 'Turning on…' : 'Turning off…'
  const now = last?.confirmed ?? last
  const from = now ? `, now ${valueText(property, now.value)}` : ''
  return `Moving to ${valueText(property, wanted)}${from}`
}

export function echoOf(property: Property, write: Write | undefined, last: LastValue | undefined, now: number, online: boolean): Echo {
  const confirmed = last?.confirmed
  const said = confirmed && `The board last said ${valueText(property, confirmed.value)}.`
  switch (phaseOf(write, last, now)) {
    case 'asking':
      return { icon: 'asking', text: asking(property, write!.wanted, last) }
    case 'quiet':
      return { icon: 'asking', text: `No answer yet. Asked for ${valueText(property, write!.wanted)}.` }
    case 'returned':
      return { icon: 'refused', text: ['No answer in 30 s.', said].filter(Boolean).join(' ') }
    case 'refused':
      return { icon: 'refused', text: write!.fault! }
    default:
  }
  if (!last) return { icon: 'none', text: 'The board hasn’t sent this yet' }
  if (!online) return { icon: 'heard', text: `${valueText(property, last.value)} when last heard, ${when(last.time, now)}` }
  if (last.source !== 'device') return { icon: 'heard', text: `${valueText(property, last.value)}, asked for ${when(last.time, now)}, not confirmed yet` }
  return { icon: 'confirmed', text: `${valueText(property, last.value)}, confirmed by the board ${when(last.time, now)}` }
}
