/** The HTTP transport for Node: fastify serves, undici calls. */
import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { httpChannel } from './channel.ts'
import { splitUrl } from './http-url.ts'
import { httpSettings, type HttpOptions } from './options.ts'
import { serveHttp } from './server.ts'
import { undiciSender } from './undici-sender.ts'
import { urlOptions } from './url-options.ts'

export { fetchHandler } from './fetch-handler.ts'
export { microapi } from './plugin.ts'
export type { HttpOptions, TlsOptions } from './options.ts'

const schemes = ['http', 'https'] as const

function open(options: HttpOptions = {}): Transport {
  const settings = httpSettings(options)
  return {
    schemes,
    serve: (invoke, describe) => serveHttp(invoke, describe, settings),
    async connect(describe) {
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
