/** The client for browsers: no server, no schema compiler, nothing of Node's. */
import { clientFactory, type CreateClient } from './client/client.ts'
import { timers } from './client/timers.ts'
import { createRegistry, lazyTransport, type Registry } from './core/registry.ts'
import { http } from './transports/http/fetch-client.ts'

export { isRpcError, RpcError } from './core/errors.ts'
export type { ClientOptions, RetryPolicy } from './client/settings.ts'
export type { Client, CallOptions } from './client/signature.ts'

const registry: Registry = /* @__PURE__ */ createRegistry([
  http,
  // Who has no use for it does not load it.
  /* @__PURE__ */ lazyTransport(['ws', 'wss'], async () => (await import('./transports/ws/web.ts')).ws),
])

/** Makes a client; see {@link CreateClient}. */
export const createClient: CreateClient = /* @__PURE__ */ clientFactory(registry, timers)
