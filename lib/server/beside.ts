import { RpcError } from '../core/errors.ts'
import { defaultLimits } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import type { OpenedApp, ServiceTable, Transport } from '../core/transport.ts'
import { createRuntime } from './runtime.ts'

/** What a transport carries: the app, and the transport's own services beside it. */
export interface Carried extends Pick<OpenedApp, 'invoke' | 'describe'> {
  /** Ends the calls of the transport's own services, and takes no more. */
  close(): void
}

/**
 * Puts a transport's own services beside the app's. They have limits of their own and none of the app's middleware, and
 * the draining of the app does not wait for them. Throws where a name is taken.
 */
export async function carriedBy(
  transport: Transport,
  { invoke, describe }: OpenedApp,
  log: Log,
): Promise<Carried> {
  const services = (await transport.services?.(describe)) ?? {}
  if (Object.keys(services).length === 0) return { invoke, describe, close: () => {} }
  const own = createRuntime({ ...nothing, mounted: mount(services, describe.methods), log })
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

function mount(services: ServiceTable, taken: readonly { readonly service: string }[]) {
  return Object.entries(services).map(([name, methods]) => {
    if (taken.some(({ service }) => service === name))
      throw new TypeError(`serve: the name of service "${name}" is the transport's own; choose another`)
    return { name, methods, use: [] }
  })
}
