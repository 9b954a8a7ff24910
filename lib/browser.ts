/** The client for browsers: no server, no schema compiler, nothing of Node's. */
import { clientFactory, type CreateClient } from './client/client.ts'
import { timers } from './client/timers.ts'
import type { Registry } from './core/registry.ts'
import { http } from './transports/http/fetch-client.ts'

export { isRpcError, RpcError } from './core/errors.ts'
export type { ClientOptions, RetryPolicy } from './client/settings.ts'
export type { Client, CallOptions } from './client/signature.ts'

const registry: Pick<Registry, 'open'> = {
  async open(url) {
    if (/^https?:\/\//i.test(url)) return http.fromUrl(url)
    // Who has no use for it does not load it.
    if (/^wss?:\/\//i.test(url)) return (await import('./browser-ws.ts')).ws.fromUrl(url)
    throw new TypeError(`no transport for ${JSON.stringify(url)}; known are http://, https://, ws://, wss://`)
  },
}

/** Makes a client; see {@link CreateClient}. */
export const createClient: CreateClient = /* @__PURE__ */ clientFactory(registry, timers)
