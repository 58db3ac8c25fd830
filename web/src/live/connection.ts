/**
 * The one WebSocket of the console. It reconnects by itself with a growing, jittered wait, is closed while the page
 * is hidden, and asks for a snapshot whenever it was away. It knows nothing of what the messages mean.
 */
import { browserTimers, type Timers } from './coalesce'

export type LinkState =
  | { name: 'idle' }
  | { name: 'connecting'; since: number }
  | { name: 'live' }
  | { name: 'waiting'; since: number; retryAt: number }
  | { name: 'paused' }

/** The part of WebSocket that is used, so that a test can hand in its own. */
export interface Socket {
  onopen: ((event: Event) => void) | null
  onmessage: ((event: MessageEvent) => void) | null
  onclose: ((event: CloseEvent) => void) | null
  send(text: string): void
  close(): void
}

export interface LiveOptions {
  open: () => Socket
  onState: (state: LinkState) => void
  onMessage: (message: unknown) => void
  /** Called at each opening but the very first: what was missed must be read again. */
  onReturn: () => void
  /** Called when an attempt was refused before it opened; the session may have ended. */
  onRefused: () => void
  timers?: Timers
  random?: () => number
}

const FIRST_WAIT = 500
const LONGEST_WAIT = 30_000
/** A link that held this long is healthy: the next failure starts from the first wait again. */
const STEADY = 10_000
/** A glance at another tab does not cost a reconnect. */
const HIDDEN_GRACE = 15_000

export class LiveConnection {
  private readonly timers: Timers
  private readonly random: () => number
  private socket: Socket | undefined
  private cancelRetry: (() => void) | undefined
  private cancelHide: (() => void) | undefined
  private failures = 0
  private openedAt = 0
  private everOpened = false
  private wanted = false
  private hidden = false
  private lostAt: number | undefined
  private watch: string | undefined

  constructor(private readonly options: LiveOptions) {
    this.timers = options.timers ?? browserTimers
    this.random = options.random ?? Math.random
  }

  start(): void {
    this.wanted = true
    if (!this.socket && !this.hidden) this.connect()
  }

  stop(): void {
    this.wanted = false
    this.everOpened = false
    this.drop()
    this.options.onState({ name: 'idle' })
  }

  /** What the server should send; kept and sent again after a reconnect. */
  watching(message: unknown): void {
    this.watch = JSON.stringify(message)
    if (this.openedAt > 0) this.socket?.send(this.watch)
  }

  setHidden(hidden: boolean): void {
    if (this.hidden === hidden) return
    this.hidden = hidden
    this.cancelHide?.()
    this.cancelHide = undefined
    if (!this.wanted) return
    if (hidden) this.cancelHide = this.timers.after(HIDDEN_GRACE, () => this.pause())
    else if (!this.socket) this.retryNow()
  }

  /** Skips the wait: the person asked, or the network came back. */
  retryNow(): void {
    if (!this.wanted || this.socket || this.hidden) return
    this.cancelRetry?.()
    this.cancelRetry = undefined
    this.connect()
  }

  private pause(): void {
    this.drop()
    this.options.onState({ name: 'paused' })
  }

  private drop(): void {
    this.cancelRetry?.()
    this.cancelRetry = undefined
    const socket = this.socket
    this.socket = undefined
    this.openedAt = 0
    if (!socket) return
    socket.onopen = socket.onmessage = socket.onclose = null
    socket.close()
  }

  private connect(): void {
    const now = this.timers.now()
    this.lostAt ??= now
    this.options.onState({ name: 'connecting', since: this.lostAt })
    const socket = this.options.open()
    this.socket = socket
    socket.onopen = () => this.opened(socket)
    socket.onmessage = (event) => this.received(event)
    socket.onclose = () => this.closed()
  }

  private opened(socket: Socket): void {
    this.openedAt = this.timers.now()
    this.lostAt = undefined
    if (this.watch) socket.send(this.watch)
    this.options.onState({ name: 'live' })
    if (this.everOpened) this.options.onReturn()
    this.everOpened = true
  }

  private received(event: MessageEvent): void {
    if (typeof event.data !== 'string') return
    let message: unknown
    try {
      message = JSON.parse(event.data)
    } catch {
      return
    }
    this.options.onMessage(message)
  }

  private closed(): void {
    const now = this.timers.now()
    const held = this.openedAt > 0
    if (held && now - this.openedAt >= STEADY) this.failures = 0
    this.socket = undefined
    this.openedAt = 0
    this.lostAt ??= now
    if (!held) this.options.onRefused()
    if (!this.wanted) return
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.failures)
    this.failures += 1
    const jittered = wait * (0.5 + this.random() / 2)
    this.options.onState({ name: 'waiting', since: this.lostAt, retryAt: now + jittered })
    this.cancelRetry = this.timers.after(jittered, () => {
      this.cancelRetry = undefined
      if (!this.hidden) this.connect()
      else this.options.onState({ name: 'paused' })
    })
  }
}
