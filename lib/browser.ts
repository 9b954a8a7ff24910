/** The client for browsers: no server, no schema compiler, nothing of Node's. */
import { clientFactory, type CreateClient } from './client/client.ts'
import { createRegistry, lazyTransport, type Registry } from './core/registry.ts'

export { isRpcError, RpcError } from './core/errors.ts'
export type { ClientOptions, RetryPolicy } from './client/settings.ts'
export type { Client, CallOptions } from './client/signature.ts'

const registry: Registry = /* @__PURE__ */ createRegistry([
  /* @__PURE__ */ lazyTransport(['http', 'https'], async () => (await import('./transports/http/web.ts')).http),
])

/** Makes a client; see {@link CreateClient}. */
export const createClient: CreateClient = /* @__PURE__ */ clientFactory(registry)
