import type { Http2Error } from '../../../http2/error.ts'
import type { Http2ClientOptions, OpenableClient } from '../../../http2/driver/client.ts'
import type { ReconnectPolicy } from '../options.ts'

/** One of a channel's addresses, and its connection. */
export interface Subchannel {
  /** Its place among the channel's addresses. */
  readonly index: number
  /** `host:port`. */
  readonly name: string
  readonly client: OpenableClient
  /** Calls can be sent: the connection stands, and the server says that it serves where it is asked. */
  readonly ready: boolean
  /** It may become ready without further ado. */
  readonly connecting: boolean
  /** Why it is not ready. */
  readonly reason: string
  /** Until it may be tried for a call that has nowhere else to go, in ms; 0 where something is under way. */
  readonly attemptInMs: number
  /**
   * Begins to connect, if nothing is under way and it is time for it. That is behind the back-off; for a call that has
   * nowhere else to go it is behind `initialMs` from the last attempt.
   */
  revive(isLastHope: boolean): void
  close(): Promise<void>
}

/** Hears of a server's health. */
export interface HealthListener {
  /** The server says that it takes calls, or that it does not know the question. */
  serving(): void
  /** The server says that it does not, and goes on telling. */
  resting(status: string): void
  /** The server tells no more. */
  lost(why: string): void
}

/** What is told of a connection. */
export type ConnectionHooks = Required<Pick<Http2ClientOptions, 'onConnectionReady' | 'onConnectionEnd'>>

/** What a subchannel is made of. */
export interface SubchannelOptions {
  readonly name: string
  readonly connect: (hooks: ConnectionHooks) => OpenableClient
  /** Asks the server for its health from now on; what it returns ends that. */
  readonly watch: ((client: OpenableClient, listener: HealthListener) => () => void) | undefined
  readonly reconnect: ReconnectPolicy
  readonly onChange: () => void
  /** Milliseconds that only rise; replaced in tests. */
  readonly now?: () => number
  /** From 0 to 1; replaced in tests. */
  readonly random?: () => number
}

/** Makes the subchannel of an address. It has no timer: calls bring it to connect again. */
export function createSubchannel(index: number, options: SubchannelOptions): Subchannel {
  const { name, connect, watch, reconnect, onChange } = options
  const { now = () => performance.now(), random = Math.random } = options
  let state: 'idle' | 'connecting' | 'ready' | 'resting' = 'idle'
  let reason = 'not connected yet'
  let standing = false
  let failures = 0
  let attemptedAt = Number.NEGATIVE_INFINITY
  let retryAt = Number.NEGATIVE_INFINITY
  let unwatch: (() => void) | undefined

  const become = (next: typeof state, why: string): void => {
    state = next
    reason = why
    onChange()
  }
  const failed = (why: string): void => {
    retryAt = now() + backoff(reconnect, ++failures, random())
    become('idle', why)
  }
  const ready = (): void => {
    failures = 0
    become('ready', '')
  }
  const lastHopeAt = (): number => Math.min(attemptedAt + reconnect.initialMs, retryAt)
  const askNoMore = (): void => {
    unwatch?.()
    unwatch = undefined
  }
  const ask = (): void => {
    if (!watch) return ready()
    askNoMore()
    unwatch = watch(client, {
      serving: ready,
      resting: (status) => become('resting', `the server says ${status}`),
      lost: (why) => failed(`its health is not known: ${why}`),
    })
  }
  const client = connect({
    onConnectionReady() {
      standing = true
      ask()
    },
    onConnectionEnd(error) {
      standing = false
      askNoMore()
      const why = whyOf(error)
      if (state === 'connecting' || state === 'idle') return failed(why)
      retryAt = attemptedAt + reconnect.initialMs
      become('idle', why)
    },
  })
  return {
    index,
    name,
    client,
    get ready() {
      return state === 'ready'
    },
    get connecting() {
      return state === 'connecting'
    },
    get reason() {
      return reason
    },
    get attemptInMs() {
      return state === 'idle' ? Math.max(0, lastHopeAt() - now()) : 0
    },
    revive(isLastHope) {
      if (state !== 'idle') return
      const time = now()
      if (time < (isLastHope ? lastHopeAt() : retryAt)) return
      attemptedAt = time
      become('connecting', 'it is being connected to')
      if (standing) ask()
      else client.open()
    },
    close() {
      askNoMore()
      return client.close({ graceMs: 0 })
    },
  }
}

/** How long an address is left alone behind so many failures in a row, in ms; `random` is from 0 to 1. */
export function backoff(policy: ReconnectPolicy, failures: number, random: number): number {
  const full = Math.min(policy.maxMs, policy.initialMs * policy.factor ** (failures - 1))
  return full * (0.8 + 0.4 * random)
}

function whyOf(error: Http2Error | undefined): string {
  return error?.message ?? 'the connection was closed'
}
