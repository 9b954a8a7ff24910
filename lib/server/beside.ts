import { RpcError } from '../core/errors.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import type { OpenedApp, ServiceTable, Transport } from '../core/transport.ts'
import { createRuntime } from './runtime.ts'

/** What a transport carries: the app, and services beside it. */
export interface Carried extends Pick<OpenedApp, 'invoke' | 'describe'> {
  /** Ends the calls of the services beside the app, and takes no more. */
  close(): void
}

/** Puts a transport's own services beside what it carries. Throws where a name is taken. */
export async function carriedBy(
  transport: Transport,
  opened: Pick<OpenedApp, 'invoke' | 'describe'>,
  log: Log,
): Promise<Carried> {
  const services = (await transport.services?.(opened.describe)) ?? {}
  return beside(services, opened, {
    log,
    taken: (name) => `serve: the name of service "${name}" is the transport's own; choose another`,
  })
}

/** What {@link beside} takes beside services. */
export interface BesideOptions {
  /** Where failures are written whose cause the caller may not see. */
  readonly log: Log
  /** What is said where the app has a service of that name. */
  readonly taken: (name: string) => string
}

/**
 * Puts services beside an app. They have limits of their own and none of the app's middleware, and the draining of the
 * app does not wait for them. Throws a TypeError where a name is taken.
 */
export function beside(
  services: ServiceTable,
  { invoke, describe }: Pick<OpenedApp, 'invoke' | 'describe'>,
  { log, taken }: BesideOptions,
): Carried {
  const names = Object.keys(services)
  if (names.length === 0) return { invoke, describe, close: () => {} }
  const twin = names.find((name) => describe.methods.some(({ service }) => service === name))
  if (twin !== undefined) throw new TypeError(taken(twin))
  const mounted = Object.entries(services).map(([name, methods]) => ({ name, methods, use: [] }))
  const own = createRuntime({ ...nothing, mounted, log })
  const guard = own.guard()
  return {
    invoke: (call) => (Object.hasOwn(services, call.service) ? guard.invoke(call) : invoke(call)),
    describe: {
      ...describe,
      methods: [...describe.methods, ...own.description.methods],
      find: (service, method) => describe.find(service, method) ?? own.description.find(service, method),
    },
    close() {
      void guard.drain()
      guard.abort(new RpcError('UNAVAILABLE', 'the server is shutting down'))
    },
  }
}

const nothing = {
  lifespans: [],
  onStartup: [],
  onShutdown: [],
  version: undefined,
  limits: defaultLimits,
  overrides: new Map(),
}
