import { formatAddress } from '../../core/address.ts'
import type { Call, Reply } from '../../core/call.ts'
import { remainingMs } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { connect } from '../../http2/driver/client.ts'
import { Http2Error } from '../../http2/error.ts'
import { headerList, type HeaderList } from '../../http2/sent-headers.ts'
import { formatGrpcTimeout } from '../../wire/grpc/timeout.ts'
import { ClientCall, clientListener } from './client-call.ts'
import { clientCodec, type MethodCodec } from './codec.ts'
import { metadataFields } from './fields.ts'
import type { GrpcSettings } from './options.ts'
import { failureOfStream } from './status.ts'

/** What does not change from call to call of a method. */
interface Target {
  readonly headers: HeaderList
  readonly codec: MethodCodec
}

/** Calls over one HTTP/2 connection, opened when it is needed and again when it was lost. */
export function grpcChannel(lookup: Lookup | undefined, settings: GrpcSettings): Channel {
  const { host, port, tls, maxMessageBytes } = settings
  const scheme = tls ? 'https' : 'http'
  const authority = formatAddress(scheme, host, port).slice(scheme.length + 3)
  const client = connect(`${scheme}://${authority}`, {
    keepAliveMs: settings.keepAliveMs,
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    connectTimeoutMs: settings.connectTimeoutMs,
    ...settings.http2,
    ...(typeof tls === 'object' ? { tls } : {}),
  })
  const targets = new Map<string, Target>()
  const targetOf = ({ service, method }: Call): Target => {
    const path = `/${service}/${method}`
    let target = targets.get(path)
    if (!target) {
      const codec = clientCodec(lookup?.find(service, method), settings.maxDepth)
      const headers = headerList({
        ':method': 'POST',
        ':scheme': scheme,
        ':path': `/${encodeURIComponent(service)}/${encodeURIComponent(method)}`,
        ':authority': authority,
        te: 'trailers',
        'content-type': codec.contentType,
        'grpc-accept-encoding': 'gzip',
      })
      targets.set(path, (target = { headers, codec }))
    }
    return target
  }
  return {
    invoke: (call) =>
      new Promise<Reply>((resolve, reject) => {
        const { headers, codec } = targetOf(call)
        const data = new ClientCall(call, codec, maxMessageBytes, { resolve, reject })
        try {
          data.begin(client.request(headers, { extra: fieldsOf(call), listener: clientListener, data }))
        } catch (error) {
          reject(failureOf(error))
        }
      }),
    close: () => client.close({ graceMs: 0 }),
  }
}

function fieldsOf(call: Call): readonly string[] {
  const fields = metadataFields(call.metadata)
  if (call.deadline === undefined) return fields
  return ['grpc-timeout', formatGrpcTimeout(remainingMs(call.deadline)), ...fields]
}

function failureOf(error: unknown): RpcError {
  return error instanceof Http2Error ? failureOfStream(error) : toRpcError(error)
}
