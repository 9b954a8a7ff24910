import { RpcError } from '../core/errors.ts'
import type { OpenedApp } from '../core/transport.ts'
import type { Runtime } from './runtime.ts'

/** An app that runs behind a guard of its own, with the steps of a graceful end. */
export interface GuardedApp extends OpenedApp {
  /** Readiness is false from now on; calls are still taken. */
  unready(): void
  /** Refuses new calls and waits for those that run; after the grace period they are cancelled. */
  drain(): Promise<void>
  /** Cancels what still runs. */
  abort(): void
}

/** How long cancelled handlers are waited for before the server closes around them, in ms. */
const abortMs = 1_000

/** Starts an app, or joins it where it runs already. Rejects where it cannot start. */
export async function openApp(runtime: Runtime, graceMs = 10_000): Promise<GuardedApp> {
  const guard = runtime.guard()
  const listeners = new Set<(ready: boolean) => void>()
  let ready = true
  let drained: Promise<void> | undefined
  await runtime.lifecycle.start()

  const abort = (): void => {
    const count = guard.abort(new RpcError('UNAVAILABLE', 'the server is shutting down'))
    if (count > 0) runtime.log.warn({ calls: count }, 'shutdown: calls that still ran were aborted')
  }
  const unready = (): void => {
    if (!ready) return
    ready = false
    for (const hear of listeners) hear(false)
  }
  const drainNow = async (): Promise<void> => {
    unready()
    const idle = guard.drain()
    if (await within(idle, graceMs)) return
    abort()
    await within(idle, abortMs)
  }
  const drain = (): Promise<void> => (drained ??= drainNow())
  return {
    invoke: guard.invoke,
    describe: {
      ...runtime.description,
      ready: () => ready,
      onReady(hear) {
        listeners.add(hear)
        return () => void listeners.delete(hear)
      },
    },
    unready,
    drain,
    abort,
    async close() {
      await drain()
      await runtime.lifecycle.stop()
    },
  }
}

async function within(promise: Promise<void>, ms: number): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)))
  try {
    return await Promise.race([promise.then(() => true as const), late])
  } finally {
    clearTimeout(timer)
  }
}
