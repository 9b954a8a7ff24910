/** The gRPC transport, on an HTTP/2 engine of our own. */
import type { TransportFactory } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { grpcChannel } from './channel.ts'
import { openEngine } from './engine.ts'
import { grpcSettings, type GrpcOptions } from './options.ts'
import { ownServices } from './own-services.ts'
import { serveGrpc } from './server.ts'
import { urlOptions } from './url-options.ts'

export type { EngineName } from './engine.ts'
export type { GrpcAddress, GrpcOptions, ReconnectPolicy } from './options.ts'
export type { TlsOptions } from './tls.ts'

const schemes = ['grpc', 'grpcs'] as const

function open(options: GrpcOptions = {}): Transport {
  const settings = grpcSettings(options)
  return {
    schemes,
    services: (describe) => ownServices(describe, settings),
    serve: (invoke, describe) => serveGrpc(invoke, describe, settings),
    connect: async (describe) => grpcChannel(await openEngine(settings.engine), describe, settings),
  }
}

/** gRPC over HTTP/2, with JSON messages as the Python package MicroAPI speaks them. */
export const grpc: TransportFactory & ((options?: GrpcOptions) => Transport) = /* @__PURE__ */ Object.assign(
  open,
  { schemes, fromUrl: (url: string) => open(urlOptions(url)) },
)
