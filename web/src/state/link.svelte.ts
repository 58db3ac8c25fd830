/** The live link of the signed-in console: what it carries goes to the catalog, what it is goes to the top bar. */
import type { Attention, LiveMessage } from '../api/types'
import { LiveConnection, type LinkState } from '../live/connection'
import { catalog } from './catalog.svelte'
import { session } from './session.svelte'

function isMessage(message: unknown): message is LiveMessage {
  return typeof message === 'object' && message !== null && 'type' in message
}

class Link {
  state = $state.raw<LinkState>({ name: 'idle' })
  /** When the link was last known to be down; used with the page clock. */
  lostAt = $state<number | undefined>()
  retryAt = $state<number | undefined>()
  /** The newest alarm, for the live regions. */
  alarm = $state.raw<Attention | undefined>()
  /** Grows when something that Home shows may have changed. */
  changes = $state(0)
  private readonly connection: LiveConnection
  private started = false

  constructor() {
    this.connection = new LiveConnection({
      open: () => {
        const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
        return new WebSocket(`${scheme}//${location.host}/api/v1/live`)
      },
      onState: (state) => this.changed(state),
      onMessage: (message) => this.receive(message),
      onReturn: () => this.returned(),
      onRefused: () => void session.recheck().catch(() => undefined),
    })
  }

  start(): void {
    if (!this.started) {
      this.started = true
      document.addEventListener('visibilitychange', () => this.connection.setHidden(document.hidden))
      addEventListener('online', () => this.connection.retryNow())
      this.connection.setHidden(document.hidden)
    }
    this.connection.watching({ type: 'watch', things: 'all' })
    this.connection.start()
  }

  stop(): void {
    this.connection.stop()
  }

  retryNow(): void {
    this.connection.retryNow()
  }

  private changed(state: LinkState): void {
    this.state = state
    // The connection counts on its own monotonic clock; the page shows ages on the wall clock.
    const offset = Date.now() - performance.now()
    this.lostAt = 'since' in state ? state.since + offset : undefined
    this.retryAt = 'retryAt' in state ? state.retryAt + offset : undefined
  }

  private returned(): void {
    this.changes += 1
    session.recheck().then(
      () => catalog.refresh(),
      () => undefined,
    )
  }

  private receive(message: unknown): void {
    if (!isMessage(message)) return
    if (message.type === 'values') catalog.receiveValues(message.values)
    else if (message.type === 'device') {
      catalog.receiveDevice(message.device)
      this.changes += 1
    } else if (message.type === 'thing') {
      catalog.receiveThing(message.thing_id, message.device_status)
    } else if (message.type === 'alarm') {
      this.alarm = message.attention
      this.changes += 1
    }
  }
}

export const link = new Link()
