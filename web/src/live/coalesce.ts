/** Keeps the newest of each key and hands all of them over at most once per interval. */

export interface Timers {
  now(): number
  after(millis: number, run: () => void): () => void
}

export const browserTimers: Timers = {
  now: () => performance.now(),
  after: (millis, run) => {
    const handle = setTimeout(run, millis)
    return () => clearTimeout(handle)
  },
}

export class Coalescer<Key, Item> {
  private waiting = new Map<Key, Item>()
  private lastFlush = Number.NEGATIVE_INFINITY
  private cancel: (() => void) | undefined

  /** `flush` gets a map that is its own; it is called outside of `add`. */
  constructor(
    private readonly intervalMillis: number,
    private readonly flush: (items: Map<Key, Item>) => void,
    private readonly timers: Timers = browserTimers,
  ) {}

  add(key: Key, item: Item): void {
    this.waiting.set(key, item)
    if (this.cancel) return
    const due = Math.max(0, this.lastFlush + this.intervalMillis - this.timers.now())
    this.cancel = this.timers.after(due, () => this.run())
  }

  /** Forgets what waits: what follows is a whole snapshot. */
  clear(): void {
    this.cancel?.()
    this.cancel = undefined
    this.waiting.clear()
  }

  private run(): void {
    this.cancel = undefined
    this.lastFlush = this.timers.now()
    const items = this.waiting
    this.waiting = new Map()
    if (items.size > 0) this.flush(items)
  }
}
