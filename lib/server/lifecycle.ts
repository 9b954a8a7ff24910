import type { Log } from '../core/log.ts'
import type { DependencyPlan } from './dependency-plan.ts'
import { makeAll, type Resolved } from './dependency-scope.ts'

/** Something to be started, that says how it is to be stopped. */
export type Stage = () => Promise<Stop | undefined>

/** Ends what a stage began. */
export type Stop = () => Promise<void>

/** An app's life: started by the first who needs it, stopped by the last. */
export interface Lifecycle {
  /** Starts all stages in order, or joins a start under way. When one fails, those before it are stopped, and it is thrown. */
  start(): Promise<void>
  /** Undoes one `start`; the last one stops all stages in reverse. */
  stop(): Promise<void>
  readonly started: boolean
}

/** Makes the life of an app from its stages. */
export function createLifecycle(stages: readonly Stage[], log: Log): Lifecycle {
  let holders = 0
  let started = false
  let starting: Promise<void> | undefined
  let stops: Stop[] = []

  const stopAll = async (): Promise<void> => {
    const inReverse = stops.toReversed()
    stops = []
    for (const stop of inReverse) {
      // One that fails to stop must not keep the others from it.
      await stop().catch((error: unknown) => log.error({ error }, 'shutdown failed'))
    }
  }
  const startAll = async (): Promise<void> => {
    try {
      for (const stage of stages) {
        const stop = await stage()
        if (stop) stops.push(stop)
      }
      started = true
    } catch (error) {
      await stopAll()
      starting = undefined
      throw error
    }
  }
  return {
    get started() {
      return started
    },
    async start() {
      holders++
      try {
        await (starting ??= startAll())
      } catch (error) {
        holders--
        throw error
      }
    },
    async stop() {
      if (--holders > 0) return
      started = false
      starting = undefined
      await stopAll()
    },
  }
}

/** The stage that makes an app's own dependencies. */
export function dependencyStage(
  plans: readonly DependencyPlan[],
  context: unknown,
  resolved: Resolved,
): Stage {
  return async () => {
    const all = plans.flatMap((plan) => plan.app)
    const cleanUp = await makeAll(all, context, resolved, new Map())
    return async () => {
      try {
        await cleanUp?.(undefined)
      } finally {
        resolved.clear()
      }
    }
  }
}

/** The stage of a lifespan generator: what stands before its `yield` starts, what stands behind it stops. */
export function lifespanStage(open: () => AsyncGenerator | Generator): Stage {
  return async () => {
    const generator = open()
    const { done } = await generator.next()
    if (done === true) return undefined
    return async () => {
      const end = await generator.next()
      if (end.done !== true) throw new TypeError('a lifespan must yield once')
    }
  }
}
