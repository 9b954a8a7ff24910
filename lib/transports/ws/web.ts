/** The WebSocket transport for browsers: a client alone. */
import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { wsChannel } from './channel.ts'
import type { WsOptions } from './options.ts'
import { webDial } from './web-dial.ts'
import { wsUrl } from './ws-url.ts'

export type { WsOptions } from './options.ts'

const schemes = ['ws', 'wss'] as const

function open(options: WsOptions = {}): Transport {
  const { maxMessageBytes = 1_048_576, maxDepth = 64, maxBufferedBytes = 1_048_576 } = options
  const { pingIntervalMs = 15_000, reconnectMs = 1_000, connectTimeoutMs = 10_000 } = options
  const settings = {
    url: wsUrl(options),
    maxMessageBytes,
    maxDepth,
    maxBufferedBytes,
    pingIntervalMs,
    reconnectMs,
    connectTimeoutMs,
  }
  return {
    schemes,
    serve: () => Promise.reject(new TypeError('ws: browsers cannot serve')),
    connect: async (describe) => wsChannel(webDial(settings), describe, settings),
  }
}

/** Calls of all kinds over one WebSocket, as envelopes of JSON. */
export const ws: TransportFactory & ((options?: WsOptions) => Transport) = /* @__PURE__ */ Object.assign(
  open,
  { schemes, fromUrl: (url: string) => open({ url }) },
)
