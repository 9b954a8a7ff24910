import type { AppContext } from '../core/dependency.ts'
import type { Limits } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import type { Description } from '../core/transport.ts'
import type { Overrides } from './dependency-plan.ts'
import type { Resolved } from './dependency-scope.ts'
import { createGuard, createMask, type Guard } from './guard.ts'
import { createLifecycle, dependencyStage, lifespanStage, type Lifecycle, type Stage } from './lifecycle.ts'
import { createRouter, type Mounted } from './router.ts'

/** Something to do when an app starts or stops. */
export type Hook = (app: AppContext) => unknown

/** Runs up to its `yield` when the app starts, and on when it stops. */
export type Lifespan = (app: AppContext) => AsyncGenerator<unknown, void> | Generator<unknown, void>

/** Everything that an app is made of; what composing apps works on. */
export interface AppParts {
  readonly mounted: readonly Mounted[]
  readonly lifespans: readonly Lifespan[]
  readonly onStartup: readonly Hook[]
  readonly onShutdown: readonly Hook[]
  readonly version: number | string | undefined
  readonly limits: Limits
  readonly log: Log
  readonly overrides: Overrides
}

/** An app, composed: what `serve` and the client in process work with. */
export interface Runtime {
  readonly lifecycle: Lifecycle
  readonly log: Log
  readonly description: Omit<Description, 'ready' | 'onReady'>
  /** A guard of its own for each server, since each has its own limits and drains by itself. */
  guard(): Guard
}

/** Composes an app once. Throws for everything that could not be served. */
export function createRuntime(parts: AppParts): Runtime {
  const resolved: Resolved = new Map()
  const mask = createMask(parts.log)
  const router = createRouter(parts.mounted, parts.overrides, resolved, mask)
  const info: AppContext = { version: parts.version, services: parts.mounted.map(({ name }) => name) }
  const stages: Stage[] = [
    dependencyStage(router.plans, info, resolved),
    ...parts.lifespans.map((lifespan) => lifespanStage(() => lifespan(info))),
    // Before the startup hooks: when one of them fails, what the others opened is closed.
    ...parts.onShutdown.map((hook) => async () => async () => void (await hook(info))),
    ...parts.onStartup.map((hook) => async () => void (await hook(info))),
  ]
  return {
    lifecycle: createLifecycle(stages, parts.log),
    log: parts.log,
    description: { find: router.describe, methods: router.methods, version: parts.version },
    guard: () => createGuard(router.find, parts.limits, mask),
  }
}
