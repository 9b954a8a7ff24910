/** The HTTP transport for Node: fastify serves, undici calls. */
import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { httpChannel } from './channel.ts'
import { splitUrl } from './http-url.ts'
import { httpSettings, type HttpOptions } from './options.ts'
import { urlOptions } from './url-options.ts'

export type { Openable, UpgradeTransport } from '../../core/transport.ts'
export { fetchHandler } from './fetch-handler.ts'
export type { FetchHandler, FetchHandlerOptions } from './fetch-handler.ts'
export { microapi } from './plugin.ts'
export type { PluginOptions } from './plugin.ts'
export type { DocsOptions } from './docs/options.ts'
export type { HttpOptions, TlsOptions } from './options.ts'

const schemes = ['http', 'https'] as const

function open(options: HttpOptions = {}): Transport {
  const settings = httpSettings(options)
  return {
    schemes,
    // Each side's library is loaded when that side is used: a client needs no fastify, a server no undici.
    async serve(invoke, describe) {
      const { serveHttp } = await import('./server.ts')
      return serveHttp(invoke, describe, settings)
    },
    async connect(describe) {
      const { undiciSender } = await import('./undici-sender.ts')
      const { path } = splitUrl(settings.url)
      return httpChannel(undiciSender(settings), describe, {
        path,
        maxMessageBytes: settings.maxMessageBytes,
      })
    },
  }
}

/** JSON over HTTP: `POST /{service}/{method}`, streams as NDJSON. */
export const http: TransportFactory & ((options?: HttpOptions) => Transport) = /* @__PURE__ */ Object.assign(
  open,
  {
    schemes,
    fromUrl: (url: string) => open(urlOptions(url)),
  },
)
