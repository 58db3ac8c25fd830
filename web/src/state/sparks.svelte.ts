/** The last 24 hours of a property in 48 points, for its sparkline. Read once when first shown, again after ten minutes. */
import { SvelteMap } from 'svelte/reactivity'
import { get } from '../api/client'
import type { History } from '../api/types'

const STEP_SECONDS = 1800
const KEEP_MILLIS = 10 * 60_000
const PARALLEL = 4

interface Entry {
  points: number[]
  readAt: number
}

class Sparks {
  private entries = new SvelteMap<string, Entry>()
  private wanted = new Set<string>()
  private queue: string[] = []
  private running = 0

  points(propertyId: string): number[] {
    return this.entries.get(propertyId)?.points ?? []
  }

  want(propertyId: string): void {
    const known = this.entries.get(propertyId)
    if (this.wanted.has(propertyId) || (known && Date.now() - known.readAt < KEEP_MILLIS)) return
    this.wanted.add(propertyId)
    this.queue.push(propertyId)
    this.pump()
  }

  clear(): void {
    this.queue = []
    this.entries.clear()
  }

  private pump(): void {
    while (this.running < PARALLEL) {
      const next = this.queue.shift()
      if (!next) return
      this.running += 1
      void this.read(next).finally(() => {
        this.running -= 1
        this.wanted.delete(next)
        this.pump()
      })
    }
  }

  private async read(propertyId: string): Promise<void> {
    try {
      const history = await get<History>(`/properties/${propertyId}/history?interval=${STEP_SECONDS}`)
      const points = history.points.map((point) => point[1]).filter((value): value is number => typeof value === 'number')
      this.entries.set(propertyId, { points, readAt: Date.now() })
    } catch {
      // No line is drawn; the number beside it stands on its own.
      this.entries.set(propertyId, { points: [], readAt: Date.now() })
    }
  }
}

export const sparks = new Sparks()
