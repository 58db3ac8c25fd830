/** The curves of one thing over a window: read from the server, kept up by live values while the window follows now. */
import { ApiError, get } from '../../api/client'
import type { History, LiveValue, Property } from '../../api/types'
import { append, curveOf, emptyCurve, type Curve } from '../../chart/data'
import { toMillis } from '../../format/time'
import { catalog } from '../../state/catalog.svelte'
import type { Window } from './ranges'

const PAINT_MILLIS = 250

export class HistoryData {
  curves = $state.raw<ReadonlyMap<string, Curve>>(new Map())
  loading = $state(false)
  loaded = $state(false)
  error = $state.raw<ApiError | undefined>()
  private abort: AbortController | undefined
  private waiting: LiveValue[] = []
  private painting: ReturnType<typeof setTimeout> | undefined

  /** Starts to follow live values; returns how to stop. */
  follow(wanted: () => boolean): () => void {
    const stop = catalog.onValues((values) => {
      const ours = values.filter((value) => this.curves.has(value.property_id))
      if (ours.length === 0 || !wanted()) return
      this.waiting.push(...ours)
      this.painting ??= setTimeout(() => this.paint(), PAINT_MILLIS)
    })
    return () => {
      stop()
      this.abort?.abort()
      clearTimeout(this.painting)
    }
  }

  async load(properties: Property[], window: Window): Promise<void> {
    this.abort?.abort()
    const abort = new AbortController()
    this.abort = abort
    this.loading = true
    try {
      const read = await Promise.all(properties.map((property) => this.read(property, window, abort.signal)))
      if (this.abort !== abort) return
      this.curves = new Map(read)
      this.error = undefined
      this.loaded = true
    } catch (cause) {
      if (abort.signal.aborted) return
      this.error = cause instanceof ApiError ? cause : new ApiError(0, 'unknown', String(cause))
    } finally {
      if (this.abort === abort) this.loading = false
    }
  }

  private async read(property: Property, window: Window, signal: AbortSignal): Promise<[string, Curve]> {
    const query = new URLSearchParams({ from: new Date(window.from).toISOString(), to: new Date(window.to).toISOString() })
    const history = await get<History>(`/properties/${property.id}/history?${query}`, { signal })
    return [property.id, curveOf(history)]
  }

  private paint(): void {
    this.painting = undefined
    const curves = new Map(this.curves)
    for (const { property_id, value, time } of this.waiting.splice(0)) {
      const at = toMillis(time)
      const number = typeof value === 'boolean' ? Number(value) : value
      if (at === undefined || typeof number !== 'number') continue
      curves.set(property_id, append(curves.get(property_id) ?? emptyCurve, at, number))
    }
    this.curves = curves
  }
}
