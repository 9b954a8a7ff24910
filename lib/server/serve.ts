import process from 'node:process'
import { RpcError } from '../core/errors.ts'
import type { Registry } from '../core/registry.ts'
import type { Listener, Transport } from '../core/transport.ts'
import { runtimeOf, type App } from './app.ts'

/** What {@link Serve} takes beside the app and its transports. */
export interface ServeOptions {
  /** Signals that close the server and end the process; SIGTERM and SIGINT by default, `false` for none. */
  readonly signals?: readonly NodeJS.Signals[] | false
  /** How long readiness is false before the server stops taking calls, in ms: 0. Behind a load balancer 5,000. */
  readonly drainDelayMs?: number
  /** How long calls in flight may go on once the server closes, in ms: 10,000. */
  readonly graceMs?: number
}

/** A running server. */
export interface Server {
  /** Where it listens, one URL for each transport. */
  readonly urls: readonly string[]
  /** Stops taking calls, lets what runs finish within the grace period, then closes. Again: the same promise. */
  close(): Promise<void>
  /** Resolves when the server has closed, by whatever cause. */
  readonly closed: Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Serves an app over one transport or many. Rejects where the app cannot start or a transport cannot listen; nothing then stays open. */
export type Serve = (app: App, transports: Transport | string | readonly (Transport | string)[], options?: ServeOptions) => Promise<Server>

/** Makes a `serve` that opens URLs by the transports of a registry. */
export function createServe(registry: Registry): Serve {
  return async (app, transports, options = {}) => {
    const list = Array.isArray(transports) ? transports : [transports as Transport | string]
    if (list.length === 0) throw new TypeError("serve: name at least one transport, as in serve(app, ['http://:8080'])")
    const opened = await Promise.all(list.map((one) => (typeof one === 'string' ? registry.open(one) : one)))
    return listen(app, opened, options)
  }
}

async function listen(app: App, transports: readonly Transport[], options: ServeOptions): Promise<Server> {
  const { signals = ['SIGTERM', 'SIGINT'], drainDelayMs = 0, graceMs = 10_000 } = options
  const runtime = runtimeOf(app)
  const guard = runtime.guard()
  let ready = false
  const description = { ...runtime.description, ready: () => ready }

  await runtime.lifecycle.start()
  const listeners: Listener[] = []
  try {
    for (const transport of transports) listeners.push(await transport.serve(guard.invoke, description))
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()))
    await runtime.lifecycle.stop()
    throw error
  }
  ready = true

  const abort = (): void => {
    const count = guard.abort(new RpcError('UNAVAILABLE', 'the server is shutting down'))
    if (count > 0) runtime.log.warn({ calls: count }, 'shutdown: calls still running were aborted')
  }
  const shutDown = async (): Promise<void> => {
    ready = false
    if (drainDelayMs > 0) await pause(drainDelayMs)
    const idle = guard.drain()
    await Promise.all(listeners.map((listener) => listener.stop()))
    if (!(await within(idle, graceMs))) {
      abort()
      await within(idle, 1_000)
    }
    await Promise.all(listeners.map((listener) => listener.close()))
    await runtime.lifecycle.stop()
    unwatch()
    resolveClosed()
  }

  let resolveClosed!: () => void
  const closed = new Promise<void>((resolve) => (resolveClosed = resolve))
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= shutDown())
  const unwatch = watchSignals(signals === false ? [] : signals, close, abort)

  return { urls: listeners.map((listener) => listener.url), close, closed, [Symbol.asyncDispose]: close }
}

// The first signal drains and then ends the process; a second one ends what still runs at once.
function watchSignals(signals: readonly NodeJS.Signals[], close: () => Promise<void>, abort: () => void): () => void {
  let seen = 0
  const onSignal = (): void => {
    if (++seen > 1) return abort()
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    )
  }
  for (const signal of signals) process.on(signal, onSignal)
  return () => {
    for (const signal of signals) process.off(signal, onSignal)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)))
  try {
    return await Promise.race([promise.then(() => true as const), late])
  } finally {
    clearTimeout(timer)
  }
}
