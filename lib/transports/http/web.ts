/** The HTTP transport where there is no Node: `fetch` calls, and a fetch handler serves. */
import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { httpChannel } from './channel.ts'
import { fetchSender } from './fetch-sender.ts'
import { splitUrl } from './http-url.ts'
import { httpOptionsOf, httpSettings, type HttpOptions } from './options.ts'

export { fetchHandler } from './fetch-handler.ts'
export type { HttpOptions } from './options.ts'

const schemes = ['http', 'https'] as const

function open(options: HttpOptions = {}): Transport {
  const { url, maxMessageBytes, maxUploadBytes } = httpSettings(options)
  return {
    schemes,
    serve: () => Promise.reject(new TypeError('http() cannot listen here; serve with fetchHandler(app)')),
    async connect(describe) {
      const { origin, path } = splitUrl(url)
      return httpChannel(fetchSender(origin, maxUploadBytes), describe, { path, maxMessageBytes })
    },
  }
}

/** JSON over HTTP by `fetch`: `POST /{service}/{method}`, streams as NDJSON. */
export const http: TransportFactory & ((options?: HttpOptions) => Transport) = /* @__PURE__ */ Object.assign(open, {
  schemes,
  fromAddress: (address: Parameters<TransportFactory['fromAddress']>[0]) => open(httpOptionsOf(address)),
})
