import { rpc } from '../../../core/builder.ts'
import type { Reply } from '../../../core/call.ts'
import { createCall } from '../../../core/create-call.ts'
import { RpcError, toRpcError } from '../../../core/errors.ts'
import { defineService } from '../../../core/service.ts'
import type { OpenableClient } from '../../../http2/driver/client.ts'
import { ClientCall } from '../client-call.ts'
import { clientProtoCodec } from '../codec.ts'
import { HealthRequest, HealthResponse } from './messages.ts'
import type { GrpcSettings } from '../options.ts'
import { codecOf } from '../protobuf.ts'
import type { HealthListener } from '../balancing/subchannel.ts'
import { requestHeaders, type Origin } from '../targets.ts'

const { Watch } = defineService(
  { Watch: rpc.serverStream(HealthRequest, HealthResponse) },
  { proto: { package: 'grpc.health.v1', service: 'Health' } },
)

/** Asks one server for its health from now on, until what it returns is called. */
export type HealthWatch = (client: OpenableClient, origin: Origin, listener: HealthListener) => () => void

/**
 * Makes the question whether `service` is served, '' being the whole server. Throws where protobufjs is missing.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export async function healthWatch(service: string, settings: GrpcSettings): Promise<HealthWatch> {
  const own = { ...settings, codec: 'proto', protoLock: undefined } as const
  const proto = await codecOf('grpc_health_v1', 'Watch', Watch, own)
  const codec = clientProtoCodec(proto!)
  const limits = { maxMessageBytes: settings.maxMessageBytes, gzipFrom: Number.POSITIVE_INFINITY }
  return (client, origin, listener) => {
    const call = createCall({
      service: 'grpc_health_v1',
      method: 'Watch',
      kind: 'serverStream',
      input: { service },
      peer: { transport: 'grpc' },
    })
    const follow = async ({ output }: Reply): Promise<never> => {
      for await (const { status } of output as AsyncIterable<{ status: string }>) {
        if (status === 'SERVING') listener.serving()
        else listener.resting(status)
      }
      throw new RpcError('UNAVAILABLE', 'its answer has ended')
    }
    new Promise<Reply>((resolve, reject) =>
      new ClientCall(call, codec, limits, { resolve, reject }).send(
        client,
        requestHeaders(origin, proto!.path, codec, limits),
      ),
    )
      .then(follow)
      .catch((error: unknown) => {
        if (call.lifetime.reason !== undefined) return
        const { code, message } = toRpcError(error)
        if (code === 'UNIMPLEMENTED') listener.serving()
        else listener.lost(message)
      })
    return () => call.lifetime.cancel(new RpcError('CANCELLED', 'nobody asks any more'))
  }
}
