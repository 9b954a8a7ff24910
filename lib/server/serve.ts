import process from 'node:process'
import { compose, type AnyMiddleware, type ErasedMiddleware } from '../core/middleware.ts'
import type { Registry } from '../core/registry.ts'
import type { Listener, Transport } from '../core/transport.ts'
import { runtimeOf, type App } from './app.ts'
import { carriedBy, type Carried } from './beside.ts'
import { openApp } from './open.ts'
import { selfDescribed } from './self-description.ts'

/** What {@link Serve} takes beside the app and its transports. */
export interface ServeOptions {
  /** Signals that close the server and end the process; SIGTERM and SIGINT by default, `false` for none. */
  readonly signals?: readonly NodeJS.Signals[] | false
  /** How long readiness is false before the server stops taking calls, in ms: 0. Behind a load balancer 5,000. */
  readonly drainDelayMs?: number
  /** How long calls in flight may go on once the server closes, in ms: 10,000. */
  readonly graceMs?: number
  /**
   * Whether it describes itself to whoever can reach it: over every transport by `microapi.describe`, with no middleware
   * of the app before it. False by default.
   */
  readonly describe?: boolean
  /**
   * Wraps every call that comes over these transports, the first being the outermost: outside the app's own middleware and
   * limits, so that it sees what these refuse, and names that nobody serves.
   */
  readonly use?: readonly AnyMiddleware[]
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
export type Serve = (
  app: App,
  transports: Transport | string | readonly (Transport | string)[],
  options?: ServeOptions,
) => Promise<Server>

/** Makes a `serve` that opens URLs by the transports of a registry. */
export function createServe(registry: Registry): Serve {
  return async (app, transports, options = {}) => {
    const list = Array.isArray(transports) ? transports : [transports as Transport | string]
    if (list.length === 0)
      throw new TypeError("serve: name at least one transport, as in serve(app, ['http://:8080'])")
    const opened = await Promise.all(list.map((one) => (typeof one === 'string' ? registry.open(one) : one)))
    return listen(app, opened, options)
  }
}

async function listen(app: App, transports: readonly Transport[], options: ServeOptions): Promise<Server> {
  const { signals = ['SIGTERM', 'SIGINT'], drainDelayMs = 0, graceMs = 10_000, describe = false } = options
  const use = (options.use ?? []) as readonly ErasedMiddleware[]
  const runtime = runtimeOf(app)
  const opened = await openApp(runtime, graceMs)
  const carried: Carried[] = []
  const listeners: Listener[] = []
  try {
    const wrapped = { invoke: compose(use, opened.invoke), describe: opened.describe }
    const described = describe ? selfDescribed(app, wrapped, runtime.log) : undefined
    if (described) carried.push(described)
    for (const transport of transports) {
      const one = await carriedBy(transport, described ?? wrapped, runtime.log)
      carried.push(one)
      listeners.push(await transport.serve(one.invoke, one.describe))
    }
  } catch (error) {
    await Promise.all(listeners.map((listener) => listener.close()))
    await opened.close()
    throw error
  }

  let resolveClosed!: () => void
  const closed = new Promise<void>((resolve) => (resolveClosed = resolve))
  const shutDown = async (): Promise<void> => {
    opened.unready()
    if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, drainDelayMs))
    const drained = opened.drain()
    await Promise.all(listeners.map(async (listener) => listener.stop()))
    await drained
    for (const one of carried) one.close()
    await Promise.all(listeners.map((listener) => listener.close()))
    await opened.close()
    unwatch()
    resolveClosed()
  }
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => (closing ??= shutDown())
  const unwatch = watchSignals(signals === false ? [] : signals, close, () => opened.abort())

  return { urls: listeners.map((listener) => listener.url), close, closed, [Symbol.asyncDispose]: close }
}

// The first signal drains and then ends the process; a second one ends what still runs at once.
function watchSignals(
  signals: readonly NodeJS.Signals[],
  close: () => Promise<void>,
  abort: () => void,
): () => void {
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
