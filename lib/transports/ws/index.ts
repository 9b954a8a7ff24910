/** The WebSocket transport for Node: the package ws serves and calls. */
import type { TransportFactory } from '../../core/registry.ts'
import type { UpgradeTransport } from '../../core/transport.ts'
import { wsChannel } from './channel.ts'
import { wsSettings, type WsOptions } from './options.ts'
import { urlOptions } from './url-options.ts'

export type { Handshake, TlsOptions, WsOptions } from './options.ts'

const schemes = ['ws', 'wss'] as const

function open(options: WsOptions = {}): UpgradeTransport {
  const settings = wsSettings(options)
  return {
    schemes,
    async serve(invoke, describe) {
      const { serveWs } = await import('./server.ts')
      return serveWs(invoke, describe, settings)
    },
    async upgrade(invoke, describe) {
      const { createAcceptor } = await import('./acceptor.ts')
      return createAcceptor(invoke, describe, settings)
    },
    async connect(describe) {
      const { nodeDial } = await import('./node-dial.ts')
      return wsChannel(nodeDial(settings), describe, settings)
    },
  }
}

/** Calls of all kinds over one WebSocket, as envelopes of JSON. */
export const ws: TransportFactory & ((options?: WsOptions) => UpgradeTransport) =
  /* @__PURE__ */ Object.assign(open, {
    schemes,
    fromUrl: (url: string) => open(urlOptions(url)),
  })
