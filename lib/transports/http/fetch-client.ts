import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { fetchChannel } from './fetch-channel.ts'
import { baseUrl } from './http-url.ts'
import type { HttpOptions } from './options.ts'

const schemes = ['http', 'https'] as const

function open(options: HttpOptions = {}): Transport {
  const { maxMessageBytes = 1_048_576, maxUploadBytes = 8_388_608 } = options
  return {
    schemes,
    serve: () => Promise.reject(new TypeError('http() cannot listen here; serve with fetchHandler(app)')),
    async connect(lookup) {
      return fetchChannel(lookup, { path: baseUrl(options), maxMessageBytes, maxUploadBytes })
    },
  }
}

/** JSON over HTTP by `fetch`: `POST /{service}/{method}`, streams as NDJSON. */
export const http: TransportFactory & ((options?: HttpOptions) => Transport) = /* @__PURE__ */ Object.assign(
  open,
  {
    schemes,
    fromUrl: (url: string) => open({ url }),
  },
)
