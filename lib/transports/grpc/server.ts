import { formatAddress } from '../../core/address.ts'
import type { Invoke } from '../../core/call.ts'
import type { Description, Listener } from '../../core/transport.ts'
import { openEngine } from './engine.ts'
import type { GrpcSettings } from './options.ts'
import { codecsOf } from './protobuf.ts'
import { serveCall } from './serve-call.ts'
import type { ServerContext } from './server-call.ts'
import { grpcRouter } from './server-routes.ts'

/** Listens. Rejects where it cannot. */
export async function serveGrpc(
  invoke: Invoke,
  describe: Description | undefined,
  settings: GrpcSettings,
): Promise<Listener> {
  const { host, port, tls, maxDepth, addresses, gzipFrom } = settings
  if (tls === true) throw new TypeError('grpc: a server needs its certificate: tls: { key, cert }')
  if (addresses)
    throw new TypeError('grpc: a server listens at one address: give it host and port, and no addresses')
  const protobuf = describe && (await codecsOf(describe.methods, settings))
  const packs = gzipFrom !== Number.POSITIVE_INFINITY
  const router = grpcRouter({ describe, protobuf, maxDepth, packs })
  const context: ServerContext = { invoke, settings, router, stopped: false }
  const { createServer } = await openEngine(settings.engine)
  const server = createServer((stream) => serveCall(stream, context), {
    minPingIntervalMs: settings.keepAliveTimeoutMs,
    ...settings.http2,
    ...(tls ? { tls } : {}),
  })
  const address = await server.listen({ host, port })
  return {
    url: formatAddress(tls ? 'grpcs' : 'grpc', host, address.port),
    stop() {
      context.stopped = true
      return server.drain()
    },
    close: () => server.close({ graceMs: 1_000 }),
  }
}
