import { isDependency, type Dependency } from '../core/dependency.ts'
import { defaultLimits, type Limits } from '../core/limits.ts'
import { consoleLog, safeLog, type Log } from '../core/log.ts'
import type { ImplementedMethod } from '../core/method.ts'
import type { Middleware } from '../core/middleware.ts'
import { checkName, reservedServiceNames, type Service } from '../core/service.ts'
import type { Channel, OpenAppOptions, OpenedApp } from '../core/transport.ts'
import { connectInProcess } from './in-process.ts'
import { openApp } from './open.ts'
import { createRuntime, type AppParts, type Hook, type Lifespan, type Runtime } from './runtime.ts'

/** Services by their names on the wire. */
export interface Services {
  readonly [name: string]: Service<Readonly<Record<string, ImplementedMethod>>>
}

/** What {@link createApp} takes. */
export interface AppOptions<S extends Services> {
  /** The key is the service's name on the wire. */
  readonly services: S
  /** Wraps every call, the first being the outermost. */
  readonly use?: readonly Middleware[]
  /** Runs up to its `yield` when the app starts, and on when it stops. */
  readonly lifespan?: Lifespan
  /** Run in order when the app starts, behind the lifespan. */
  readonly onStartup?: Hook | readonly Hook[]
  /** Run in reverse order when the app stops, before the lifespan goes on. */
  readonly onShutdown?: Hook | readonly Hook[]
  /** Appears in descriptions and generated paths only. */
  readonly version?: number | string
  readonly limits?: Partial<Limits>
  /** Where failures are written whose cause the caller may not see; the console by default. `createLog()`, pino and fastify's logger fit. */
  readonly log?: Log
}

/** Services made ready to be served. A value that never changes: composing apps gives a new one. */
export interface App<S extends Services = Services> {
  /** The services by name. */
  readonly services: S
  readonly version: number | string | undefined
  /** A channel to it in this process; its first call starts the app if nobody has. */
  connect(): Promise<Channel>
  /** Starts it for a transport that is not given to `serve`, such as a plugin in a server of one's own. */
  open(options?: OpenAppOptions): Promise<OpenedApp>
}

/** Composes services into an app. Throws, naming the method, for whatever could not be served. */
export function createApp<S extends Services>(options: AppOptions<S>): App<S> {
  const { services, use = [], lifespan, version, limits, log = consoleLog } = options
  const mounted = Object.entries(services).map(([name, methods]) => {
    checkName('service', name, reservedServiceNames)
    return { name, methods, use: use }
  })
  return build({
    mounted,
    lifespans: lifespan ? [lifespan] : [],
    onStartup: listOf(options.onStartup),
    onShutdown: listOf(options.onShutdown),
    version,
    limits: { ...defaultLimits, ...limits },
    log: safeLog(log),
    overrides: new Map(),
  })
}

/** One app with the services of several, each with its own middleware. Settings are the first one's. Throws where names clash. */
export function mergeApps<const A extends readonly App[]>(...apps: A): App<ServicesOfAll<A>> {
  const [first] = apps
  if (!first) throw new TypeError('mergeApps: give it at least one app')
  const all = apps.map(partsOf)
  const mounted = all.flatMap((parts) => parts.mounted)
  const seen = new Set<string>()
  for (const { name } of mounted) {
    if (seen.has(name))
      throw new TypeError(
        `mergeApps: two apps have a service "${name}"; put prefixServices() around one of them`,
      )
    seen.add(name)
  }
  return build({
    ...partsOf(first),
    mounted,
    lifespans: all.flatMap((parts) => parts.lifespans),
    onStartup: all.flatMap((parts) => parts.onStartup),
    onShutdown: all.flatMap((parts) => parts.onShutdown),
    overrides: new Map(all.flatMap((parts) => [...parts.overrides])),
  })
}

type ServicesOfAll<A> = A extends readonly [App<infer S>, ...infer Rest] ? S & ServicesOfAll<Rest> : {}

/** The same app with `prefix_` before every service's name. */
export function prefixServices<P extends string, S extends Services>(
  prefix: P,
  app: App<S>,
): App<{ readonly [K in keyof S & string as `${P}_${K}`]: S[K] }> {
  const parts = partsOf(app)
  const mounted = parts.mounted.map((service) => ({ ...service, name: `${prefix}_${service.name}` }))
  for (const { name } of mounted) checkName('service', name, reservedServiceNames)
  return build({ ...parts, mounted })
}

/** The same app with dependencies swapped, for tests: each pair is the one to be replaced, and another or a value. */
export function overrideDependencies<S extends Services>(app: App<S>, pairs: readonly Override[]): App<S> {
  const parts = partsOf(app)
  for (const [replaced] of pairs) {
    if (!isDependency(replaced))
      throw new TypeError('overrideDependencies: the first of each pair is what depends() returned')
  }
  return build({ ...parts, overrides: new Map([...parts.overrides, ...pairs]) })
}

/** A dependency and what stands in for it. */
export type Override = readonly [replaced: Dependency<never> | Dependency<unknown>, by: unknown]

const runtimes = new WeakMap<object, Runtime>()
const partsByApp = new WeakMap<object, AppParts>()

function build<S extends Services>(parts: AppParts): App<S> {
  const runtime = createRuntime(parts)
  const app: App = Object.freeze({
    services: Object.freeze(Object.fromEntries(parts.mounted.map(({ name, methods }) => [name, methods]))),
    version: parts.version,
    connect: async () => connectInProcess(runtime),
    open: (options?: OpenAppOptions) => openApp(runtime, options?.graceMs),
  })
  partsByApp.set(app, parts)
  runtimes.set(app, runtime)
  return app as App<S>
}

function partsOf(app: App): AppParts {
  const parts = partsByApp.get(app)
  if (!parts) throw new TypeError('this is no app; make it with createApp()')
  return parts
}

/** What serves an app. Throws a TypeError for what createApp did not make. */
export function runtimeOf(app: App): Runtime {
  const runtime = runtimes.get(app)
  if (!runtime) throw new TypeError('this is no app; make it with createApp()')
  return runtime
}

function listOf<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value as T]
}
