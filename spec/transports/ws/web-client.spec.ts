import { afterEach, describe, expect, it, vi } from 'vitest'
import { createCall } from '../../../lib/core/create-call.ts'
import { RpcError } from '../../../lib/core/errors.ts'
import { createLifetime } from '../../../lib/core/lifetime.ts'
import { neverRan } from '../../../lib/core/never-ran.ts'
import type { Call } from '../../../lib/core/call.ts'
import type { Channel } from '../../../lib/core/transport.ts'
import { wsChannel } from '../../../lib/transports/ws/channel.ts'
import type { Dial, Wire, WireListener } from '../../../lib/transports/ws/dial.ts'
import { webDial } from '../../../lib/transports/ws/web-dial.ts'
import type { SessionClock } from '../../../lib/wire/session/port.ts'
import { failureOf } from '../http/support.ts'

const call = (): Call =>
  createCall({ service: 's', method: 'm', kind: 'unary', input: {}, peer: { transport: 'test' } })

/** What a promise has come to once nothing but time could bring more. */
async function settled(promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = 'waiting'
  promise.then(
    ({ output }: any) => (state = output),
    (error: unknown) => (state = error instanceof RpcError ? `${error.code}: ${error.message}` : error),
  )
  for (let i = 0; i < 50; i++) await Promise.resolve()
  return state
}

/** Time that passes when it is told to. */
function virtualClock(): SessionClock & { pass(ms: number): Promise<void>; readonly timers: number } {
  let now = 1_000_000
  const timers = new Map<() => void, number>()
  return {
    now: () => now,
    after(ms, run) {
      // One function may wait twice.
      const timer = (): void => run()
      timers.set(timer, now + ms)
      return () => void timers.delete(timer)
    },
    get timers() {
      return timers.size
    },
    async pass(ms) {
      const end = now + ms
      for (;;) {
        for (let i = 0; i < 20; i++) await Promise.resolve()
        const [next] = [...timers].filter(([, at]) => at <= end).toSorted(([, a], [, b]) => a - b)
        if (!next) break
        timers.delete(next[0])
        now = Math.max(now, next[1])
        next[0]()
      }
      now = end
    },
  }
}

interface Connection {
  readonly listener: WireListener
  readonly sent: { readonly type: string; readonly id?: string }[]
  readonly closes: (boolean | undefined)[]
  open(wire?: Partial<Wire>): void
  refuse(message: string): void
  answer(): void
}

/** A server of which every connection is in the test's hands. */
function handMade(settings: Partial<Parameters<typeof wsChannel>[2]> = {}) {
  const clock = virtualClock()
  const connections: Connection[] = []
  const dial: Dial = (listener) =>
    new Promise((resolve, reject) => {
      const connection: Connection = {
        listener,
        sent: [],
        closes: [],
        open: (wire) =>
          resolve({
            negotiated: true,
            send: (text) => connection.sent.push(JSON.parse(text) as Connection['sent'][0]) > 0,
            pause() {},
            resume() {},
            close: (now) => void connection.closes.push(now),
            ...wire,
          }),
        refuse: (message) => reject(new RpcError('UNAVAILABLE', message)),
        answer() {
          const { id } = connection.sent.findLast(({ type }) => type === 'request')!
          listener.message(JSON.stringify({ type: 'response', id, payload: { ok: true } }), 50)
        },
      }
      connections.push(connection)
    })
  const channel: Channel = wsChannel(
    dial,
    undefined,
    {
      maxMessageBytes: 1_000,
      maxDepth: 64,
      pingIntervalMs: 15_000,
      reconnectMs: 1_000,
      ...settings,
    },
    clock,
  )
  return { clock, connections, channel }
}

const gone = new RpcError('UNAVAILABLE', 'gone')

describe('a channel connects', () => {
  it('when it is first used, once for all calls that wait', async () => {
    const { channel, connections } = handMade()
    expect(connections).toHaveLength(0)
    const calls = [channel.invoke(call()), channel.invoke(call())]
    await settled(calls[0]!)
    expect(connections).toHaveLength(1)
    connections[0]!.open()
    await settled(calls[0]!)
    expect(connections[0]!.sent.map(({ type }) => type)).toEqual(['request', 'request'])
    connections[0]!.answer()
    expect(await settled(calls[1]!)).toEqual({ ok: true })
    expect(await settled(calls[0]!)).toBe('waiting')
  })

  it('again, at once, when a connection was lost that had stood for a while', async () => {
    const { channel, connections, clock } = handMade()
    const first = channel.invoke(call())
    await settled(first)
    connections[0]!.open()
    await clock.pass(5_000)
    connections[0]!.listener.closed(gone)
    expect(await settled(first)).toBe('UNAVAILABLE: gone')
    const second = channel.invoke(call())
    await settled(second)
    expect(connections).toHaveLength(2)
    connections[1]!.open()
    await settled(second)
    connections[1]!.answer()
    expect(await settled(second)).toEqual({ ok: true })
  })

  it('at most once in reconnectMs where that fails, and says that nothing ran', async () => {
    const { channel, connections, clock } = handMade()
    const first = channel.invoke(call())
    await settled(first)
    connections[0]!.refuse('nobody there')
    expect(await settled(first)).toBe('UNAVAILABLE: nobody there')
    expect(neverRan((await first.catch((error: unknown) => error)) as RpcError)).toBe(true)

    const waiting = [channel.invoke(call()), channel.invoke(call())]
    await clock.pass(999)
    expect(connections).toHaveLength(1)
    await clock.pass(1)
    expect(connections).toHaveLength(2)
    connections[1]!.open()
    await settled(waiting[0]!)
    expect(connections[1]!.sent).toHaveLength(2)
  })

  it('at most once in reconnectMs to a server that drops what it has taken', async () => {
    const { channel, connections, clock } = handMade()
    const first = channel.invoke(call())
    await settled(first)
    connections[0]!.open()
    await clock.pass(10)
    connections[0]!.listener.closed(gone)
    expect(await settled(first)).toBe('UNAVAILABLE: gone')
    void channel.invoke(call()).catch(() => {})
    await clock.pass(999)
    expect(connections).toHaveLength(1)
    await clock.pass(1)
    expect(connections).toHaveLength(2)
  })

  it('a connection that is lost as it opens fails the calls that waited for it', async () => {
    const { channel, connections } = handMade()
    const first = channel.invoke(call())
    await settled(first)
    connections[0]!.open()
    connections[0]!.listener.closed(gone)
    expect(await settled(first)).toBe('UNAVAILABLE: gone')
    expect(connections[0]!.sent).toEqual([])
  })
})

describe('while it connects', () => {
  it('a cancelled call fails at once and is never sent', async () => {
    const { channel, connections } = handMade()
    const cancelled = call()
    const [first, second] = [channel.invoke(cancelled), channel.invoke(call())]
    await settled(first)
    cancelled.lifetime.cancel(new RpcError('CANCELLED', 'not wanted'))
    expect(await settled(first)).toBe('CANCELLED: not wanted')
    connections[0]!.open()
    expect(await settled(second)).toBe('waiting')
    expect(connections[0]!.sent).toHaveLength(1)
  })

  it('closing fails the calls that wait, at once, and closes what still opens', async () => {
    const { channel, connections, clock } = handMade()
    const waiting = channel.invoke(call())
    await settled(waiting)
    await channel.close()
    expect(await settled(waiting)).toBe('CANCELLED: the client was closed')
    connections[0]!.open()
    await clock.pass(60_000)
    expect(connections[0]).toMatchObject({ closes: [undefined], sent: [] })
    expect(clock.timers).toBe(0)
    expect(await settled(channel.invoke(call()))).toBe('CANCELLED: the client was closed')
  })

  it('closing fails the calls that wait for the next attempt, which is never made', async () => {
    const { channel, connections, clock } = handMade()
    const first = channel.invoke(call())
    await settled(first)
    connections[0]!.refuse('nobody there')
    await settled(first)
    const waiting = channel.invoke(call())
    await channel.close()
    expect(await settled(waiting)).toBe('CANCELLED: the client was closed')
    await clock.pass(10_000)
    expect(connections).toHaveLength(1)
  })
})

describe('a heartbeat', () => {
  async function connected(wire: Partial<Wire> = {}) {
    const made = handMade()
    const held = made.channel.invoke(call())
    await settled(held)
    made.connections[0]!.open(wire)
    await settled(held)
    return { ...made, held, connection: made.connections[0]! }
  }
  const pings = ({ sent }: Connection): number => sent.filter(({ type }) => type === 'ping').length

  it('asks by an envelope where there is no other way, and any message is a sign of life', async () => {
    const { connection, clock, held } = await connected()
    await clock.pass(15_000)
    expect(pings(connection)).toBe(1)
    for (let i = 2; i <= 10; i++) {
      connection.listener.message('{"type":"ping","payload":{"answer":true}}', 40)
      await clock.pass(15_000)
      expect(pings(connection)).toBe(i)
    }
    expect(await settled(held)).toBe('waiting')
  })

  it('ends a connection that has not answered twice, and the next call connects again', async () => {
    const { channel, connection, connections, clock, held } = await connected()
    await clock.pass(44_999)
    expect(await settled(held)).toBe('waiting')
    await clock.pass(1)
    expect(await settled(held)).toBe('UNAVAILABLE: the server does not answer any more (pingIntervalMs)')
    expect(connection.closes).toEqual([true])
    expect(clock.timers).toBe(0)
    // What the socket says of it later is no news.
    connection.listener.closed(gone)
    void channel.invoke(call()).catch(() => {})
    await clock.pass(0)
    expect(connections).toHaveLength(2)
  })

  it('asks below the messages where that can be done', async () => {
    const ping = vi.fn<() => void>()
    const { connection, clock } = await connected({ ping })
    await clock.pass(30_000)
    expect([ping.mock.calls.length, pings(connection)]).toEqual([2, 0])
    connection.listener.alive()
    await clock.pass(15_000)
    expect(connection.closes).toEqual([])
  })

  it('a Python server, which a browser has nothing to ask with, may be silent', async () => {
    const { connection, clock, held } = await connected({ negotiated: false })
    await clock.pass(600_000)
    expect(await settled(held)).toBe('waiting')
    expect([connection.closes, pings(connection), clock.timers]).toEqual([[], 0, 0])
  })
})

/** A browser's WebSocket in the test's hands. */
class FakeWebSocket {
  static made: FakeWebSocket[] = []
  readonly closedWith: (number | undefined)[] = []
  readonly sent: string[] = []
  readonly url: string
  readonly offered: readonly string[]
  binaryType = 'blob'
  protocol = ''
  bufferedAmount = 0
  readonly #hear: Record<string, (event: object) => void> = {}

  constructor(url: string, offered: readonly string[]) {
    if (!url.startsWith('ws')) throw new SyntaxError('The URL is invalid')
    this.url = url
    this.offered = offered
    FakeWebSocket.made.push(this)
  }
  addEventListener(name: string, hear: (event: object) => void): void {
    this.#hear[name] = hear
  }
  send(text: string): void {
    this.sent.push(text)
  }
  close(code?: number): void {
    this.closedWith.push(code)
  }
  says(name: string, event: object = {}): void {
    this.#hear[name]!(event)
  }
}

describe('a browser dials', () => {
  afterEach(() => {
    FakeWebSocket.made = []
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  function dialling(url = 'ws://host/') {
    vi.useFakeTimers()
    vi.stubGlobal('WebSocket', FakeWebSocket)
    const heard: unknown[] = []
    const listener: WireListener = {
      message: (text, bytes) => heard.push([text, bytes]),
      alive: () => heard.push('alive'),
      drained: () => heard.push('drained'),
      closed: ({ code, message }) => heard.push(`${code}: ${message}`),
    }
    const dial = webDial({ url, maxBufferedBytes: 100, connectTimeoutMs: 10_000 })
    const life = createLifetime()
    return { heard, life, made: FakeWebSocket.made, dial: () => dial(listener, life) }
  }
  const opened = (socket: FakeWebSocket, protocol = ''): void => {
    socket.protocol = protocol
    socket.says('open')
  }
  const refused = { code: 1006, reason: '' }

  it('offering microapi.v1', async () => {
    const { dial, made, heard } = dialling()
    const dialled = dial()
    opened(made[0]!, 'microapi.v1')
    const wire = await dialled
    expect([wire.negotiated, made[0]!.offered, made[0]!.binaryType]).toEqual([
      true,
      ['microapi.v1'],
      'arraybuffer',
    ])
    made[0]!.says('message', { data: 'Zoë' })
    made[0]!.says('message', { data: new TextEncoder().encode('Zoë').buffer })
    expect(heard).toEqual([
      ['Zoë', 4],
      ['Zoë', 4],
    ])
    wire.close()
    expect(made[0]!.closedWith).toEqual([1000])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('again without it, where the server knows none', async () => {
    const { dial, made } = dialling()
    const dialled = dial()
    made[0]!.says('close', refused)
    await vi.waitFor(() => expect(made).toHaveLength(2))
    expect(made[1]!.offered).toEqual([])
    opened(made[1]!)
    expect((await dialled).negotiated).toBe(false)
  })

  it('not without it, where the server is known to know it', async () => {
    const { dial, made } = dialling()
    const first = dial()
    opened(made[0]!, 'microapi.v1')
    await first
    const second = dial()
    made[1]!.says('close', refused)
    await expect(second).rejects.toThrow('ws://host/: the connection could not be opened (1006)')
    expect(made).toHaveLength(2)
  })

  it('with it the next time, after a server that was not there at first answered without', async () => {
    const { dial, made } = dialling()
    const first = dial()
    made[0]!.says('close', refused)
    await vi.waitFor(() => expect(made).toHaveLength(2))
    opened(made[1]!)
    await first
    void dial()
    expect(made[2]!.offered).toEqual(['microapi.v1'])
  })

  it('for as long as connectTimeoutMs, and not twice', async () => {
    const { dial, made } = dialling()
    const failing = failureOf(dial())
    await vi.advanceTimersByTimeAsync(9_999)
    expect(made[0]!.closedWith).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(await failing).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'ws://host/: no connection in 10000 ms (connectTimeoutMs)',
    })
    expect(made[0]!.closedWith).toEqual([undefined])
    expect(made).toHaveLength(1)
  })

  it('until nobody wants it any more', async () => {
    const { dial, made, life } = dialling()
    const failing = failureOf(dial())
    life.cancel(new RpcError('CANCELLED', 'closed'))
    expect(made[0]!.closedWith).toEqual([undefined])
    made[0]!.says('close', refused)
    expect(await failing).toMatchObject({ code: 'UNAVAILABLE' })
    expect(made).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('no address that the browser refuses, and says why', async () => {
    await expect(dialling('nonsense').dial()).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: 'nonsense: The URL is invalid',
    })
  })

  it('and is told when what waits has left', async () => {
    const { dial, made, heard } = dialling()
    const dialled = dial()
    opened(made[0]!, 'microapi.v1')
    const wire = await dialled
    made[0]!.bufferedAmount = 100
    expect(wire.send('a')).toBe(true)
    made[0]!.bufferedAmount = 101
    expect([wire.send('b'), wire.send('c')]).toEqual([false, false])
    made[0]!.bufferedAmount = 51
    await vi.advanceTimersByTimeAsync(1_000)
    expect(heard).toEqual([])
    made[0]!.bufferedAmount = 50
    await vi.advanceTimersByTimeAsync(10)
    expect(heard).toEqual(['drained'])
    expect(vi.getTimerCount()).toBe(0)
    wire.send('d')
    made[0]!.bufferedAmount = 101
    wire.send('e')
    made[0]!.says('close', { code: 1013, reason: 'busy' })
    expect(heard).toEqual(['drained', 'UNAVAILABLE: the connection was closed with code 1013 (busy)'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    [1000, 'INTERNAL'],
    [1001, 'UNAVAILABLE'],
    [1005, 'UNAVAILABLE'],
    [1006, 'UNAVAILABLE'],
    [1008, 'PERMISSION_DENIED'],
    [1009, 'RESOURCE_EXHAUSTED'],
    [1011, 'INTERNAL'],
    [1012, 'UNAVAILABLE'],
    [1013, 'UNAVAILABLE'],
    [4000, 'INTERNAL'],
  ])('a close with %i is %s', async (code, expected) => {
    const { dial, made, heard } = dialling()
    const dialled = dial()
    opened(made[0]!, 'microapi.v1')
    await dialled
    made[0]!.says('close', { code, reason: '' })
    expect(heard).toEqual([`${expected}: the connection was closed with code ${code}`])
  })
})
