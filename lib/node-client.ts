/** The client for Node: what `browser.ts` exports, with undici below and one timer for the deadlines of all clients. */
import { clientFactory, type CreateClient } from './client/client.ts'
import { createDeadlines } from './core/deadline.ts'
import { createRegistry, lazyTransport, type Registry } from './core/registry.ts'

export { isRpcError, RpcError } from './core/errors.ts'
export type { ClientOptions, RetryPolicy } from './client/settings.ts'
export type { Client, CallOptions } from './client/signature.ts'

const registry: Registry = /* @__PURE__ */ createRegistry([
  /* @__PURE__ */ lazyTransport(
    ['http', 'https'],
    async () => (await import('./transports/http/index.ts')).http,
  ),
  /* @__PURE__ */ lazyTransport(['ws', 'wss'], async () => (await import('./transports/ws/index.ts')).ws),
  /* @__PURE__ */ lazyTransport(
    ['amqp', 'amqps'],
    async () => (await import('./transports/amqp/index.ts')).amqp,
    'amqplib',
  ),
])

/** Makes a client; see {@link CreateClient}. */
export const createClient: CreateClient = /* @__PURE__ */ clientFactory(
  registry,
  /* @__PURE__ */ createDeadlines(),
)
