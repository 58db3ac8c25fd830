/** The last 24 hours of a device's connections as one strip of up and gap. */
import type { Connection, DisconnectReason } from '../../api/types'
import { toMillis } from '../../format/time'

export interface Stretch {
  up: boolean
  from: number
  to: number
}

export interface Uptime {
  stretches: Stretch[]
  /** 0 to 1, of the time that is covered. */
  share: number
  gaps: number
  longestGap: Stretch | undefined
}

const DAY = 24 * 60 * 60 * 1000

/** `born` cuts the strip: before it was made, a device was not down. */
export function uptime(connections: Connection[], born: number, now: number): Uptime {
  const start = Math.max(now - DAY, Math.min(born, now))
  const spans = connections
    .map((connection) => ({ from: toMillis(connection.connected_at) ?? now, to: toMillis(connection.ended?.time) ?? now }))
    .filter((span) => span.to > start && span.from < now)
    .sort((a, b) => a.from - b.from)
  const stretches: Stretch[] = []
  let at = start
  for (const span of spans) {
    const from = Math.max(span.from, at)
    const to = Math.min(span.to, now)
    if (from > at) stretches.push({ up: false, from: at, to: from })
    if (to > from) stretches.push({ up: true, from, to })
    at = Math.max(at, to)
  }
  if (at < now) stretches.push({ up: false, from: at, to: now })
  const length = (list: Stretch[]) => list.reduce((sum, stretch) => sum + stretch.to - stretch.from, 0)
  const gaps = stretches.filter((stretch) => !stretch.up)
  const whole = now - start
  return {
    stretches,
    share: whole > 0 ? length(stretches.filter((stretch) => stretch.up)) / whole : 0,
    gaps: gaps.length,
    longestGap: gaps.reduce<Stretch | undefined>((longest, gap) => (longest && longest.to - longest.from >= gap.to - gap.from ? longest : gap), undefined),
  }
}

export interface Ending {
  at: number
  reason: DisconnectReason
  detail?: string
  /** Until it was back; undefined while it still is away. */
  away?: number
}

/** Newest first, as the server gives them. */
export function endings(connections: Connection[]): Ending[] {
  return connections.flatMap((connection, index): Ending[] => {
    const at = toMillis(connection.ended?.time)
    if (!connection.ended || at === undefined) return []
    const back = toMillis(connections[index - 1]?.connected_at)
    return [{ at, reason: connection.ended.reason, detail: connection.ended.detail, away: back === undefined ? undefined : Math.max(0, back - at) }]
  })
}
