import { beforeEach, describe, expect, test } from 'vitest'
import { Coalescer, type Timers } from './coalesce'
import { LiveConnection, type LinkState, type Socket } from './connection'

/** Time that moves only when told to. */
class ManualTimers implements Timers {
  private time = 0
  private jobs: { at: number; run: () => void }[] = []

  now() {
    return this.time
  }
  after(millis: number, run: () => void) {
    const job = { at: this.time + millis, run }
    this.jobs.push(job)
    return () => {
      this.jobs = this.jobs.filter((other) => other !== job)
    }
  }
  advance(millis: number) {
    const until = this.time + millis
    for (;;) {
      const [next] = this.jobs.filter((job) => job.at <= until).sort((a, b) => a.at - b.at)
      if (!next) break
      this.jobs = this.jobs.filter((job) => job !== next)
      this.time = next.at
      next.run()
    }
    this.time = until
  }
}

class FakeSocket implements Socket {
  onopen: Socket['onopen'] = null
  onmessage: Socket['onmessage'] = null
  onclose: Socket['onclose'] = null
  sent: string[] = []
  closed = false
  send(text: string) {
    this.sent.push(text)
  }
  close() {
    this.closed = true
  }
  opens() {
    this.onopen?.(new Event('open'))
  }
  breaks() {
    this.onclose?.({} as CloseEvent)
  }
  says(data: unknown) {
    this.onmessage?.({ data } as MessageEvent)
  }
}

describe('Coalescer', () => {
  test('hands over the newest of each key, at most once per interval', () => {
    const timers = new ManualTimers()
    const flushed: Record<string, number>[] = []
    const coalescer = new Coalescer<string, number>(250, (items) => flushed.push(Object.fromEntries(items)), timers)

    coalescer.add('soil', 1)
    coalescer.add('soil', 2)
    coalescer.add('pump', 3)
    timers.advance(0)
    for (let value = 10; value < 40; value += 1) {
      coalescer.add('soil', value)
      timers.advance(10)
    }
    timers.advance(250)

    expect(flushed[0]).toEqual({ soil: 2, pump: 3 })
    expect(flushed.at(-1)).toEqual({ soil: 39 })
    expect(flushed.length).toBeLessThanOrEqual(3)
  })

  test('forgets what waits when a snapshot is under way', () => {
    const timers = new ManualTimers()
    let flushes = 0
    const coalescer = new Coalescer<string, number>(250, () => (flushes += 1), timers)
    coalescer.add('soil', 1)
    coalescer.clear()
    timers.advance(1000)
    expect(flushes).toBe(0)
  })
})

describe('LiveConnection', () => {
  let timers: ManualTimers
  let sockets: FakeSocket[]
  let states: LinkState[]
  let messages: unknown[]
  let returns: number
  let refusals: number
  let connection: LiveConnection

  const socket = () => sockets.at(-1)!
  const state = () => states.at(-1)!

  beforeEach(() => {
    timers = new ManualTimers()
    sockets = []
    states = []
    messages = []
    returns = 0
    refusals = 0
    connection = new LiveConnection({
      open: () => {
        sockets.push(new FakeSocket())
        return socket()
      },
      onState: (next) => states.push(next),
      onMessage: (message) => messages.push(message),
      onReturn: () => (returns += 1),
      onRefused: () => (refusals += 1),
      timers,
      random: () => 1,
    })
  })

  test('says what to watch once it is open, and again after a reconnect', () => {
    connection.watching({ type: 'watch', things: 'all' })
    connection.start()
    socket().opens()
    expect(socket().sent).toEqual(['{"type":"watch","things":"all"}'])
    socket().breaks()
    timers.advance(500)
    socket().opens()
    expect(socket().sent).toEqual(['{"type":"watch","things":"all"}'])
    expect(returns).toBe(1)
  })

  test('waits longer after each failure, up to half a minute, and says when it tries', () => {
    connection.start()
    const waits: number[] = []
    for (let attempt = 0; attempt < 9; attempt += 1) {
      socket().breaks()
      const now = state()
      if (now.name !== 'waiting') throw new Error(now.name)
      waits.push(now.retryAt - timers.now())
      timers.advance(now.retryAt - timers.now())
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000])
    expect(refusals).toBe(9)
  })

  test('a link that held starts over from the first wait', () => {
    connection.start()
    for (let attempt = 0; attempt < 4; attempt += 1) {
      socket().breaks()
      timers.advance(30_000)
    }
    socket().opens()
    timers.advance(10_000)
    socket().breaks()
    const now = state()
    expect(now.name === 'waiting' && now.retryAt - timers.now()).toBe(500)
  })

  test('keeps the moment of the loss over all attempts', () => {
    connection.start()
    socket().opens()
    timers.advance(1000)
    socket().breaks()
    timers.advance(500)
    socket().breaks()
    expect(state()).toMatchObject({ name: 'waiting', since: 1000 })
  })

  test('closes while hidden, after a grace, and returns with a snapshot', () => {
    connection.start()
    socket().opens()
    connection.setHidden(true)
    timers.advance(14_000)
    expect(socket().closed).toBe(false)
    timers.advance(2_000)
    expect(socket().closed).toBe(true)
    expect(state().name).toBe('paused')
    connection.setHidden(false)
    expect(sockets).toHaveLength(2)
    socket().opens()
    expect(returns).toBe(1)
  })

  test('a glance at another tab costs nothing', () => {
    connection.start()
    socket().opens()
    connection.setHidden(true)
    timers.advance(5_000)
    connection.setHidden(false)
    timers.advance(60_000)
    expect(sockets).toHaveLength(1)
    expect(state().name).toBe('live')
  })

  test('does not try while hidden', () => {
    connection.start()
    socket().opens()
    connection.setHidden(true)
    socket().breaks()
    timers.advance(600_000)
    expect(sockets).toHaveLength(1)
    connection.setHidden(false)
    expect(sockets).toHaveLength(2)
  })

  test('tries at once when asked', () => {
    connection.start()
    socket().breaks()
    connection.retryNow()
    expect(sockets).toHaveLength(2)
    timers.advance(500)
    expect(sockets).toHaveLength(2)
  })

  test('after a stop nothing stirs', () => {
    connection.start()
    const first = socket()
    connection.stop()
    expect(first.closed).toBe(true)
    first.breaks()
    timers.advance(60_000)
    expect(sockets).toHaveLength(1)
    expect(state()).toEqual({ name: 'idle' })
  })

  test('what is not JSON text is left out', () => {
    connection.start()
    socket().opens()
    socket().says('{"type":"values","values":[]}')
    socket().says('{')
    socket().says(new ArrayBuffer(2))
    expect(messages).toEqual([{ type: 'values', values: [] }])
  })
})
