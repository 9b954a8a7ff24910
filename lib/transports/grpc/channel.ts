import { formatAddress } from '../../core/address.ts'
import type { Call, Reply } from '../../core/call.ts'
import { remainingMs } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { Http2Error } from '../../http2/error.ts'
import { headerList, type HeaderList } from '../../http2/sent-headers.ts'
import { formatGrpcTimeout } from '../../wire/grpc/timeout.ts'
import { ClientCall, clientListener, type Settle } from './client-call.ts'
import type { Engine } from './engine.ts'
import { clientProtoCodec, jsonCodec, type MethodCodec } from './codec.ts'
import { metadataFields } from './fields.ts'
import type { GrpcSettings } from './options.ts'
import { codecOf } from './protobuf.ts'
import { failureOfStream } from './status.ts'

/** What does not change from call to call of a method. */
interface Target {
  readonly headers: HeaderList
  readonly codec: MethodCodec
}

/** Calls over one HTTP/2 connection, opened when it is needed and again when it was lost. */
export function grpcChannel(
  { connect }: Engine,
  lookup: Lookup | undefined,
  settings: GrpcSettings,
): Channel {
  const { host, port, tls, maxMessageBytes } = settings
  const scheme = tls ? 'https' : 'http'
  const authority = formatAddress(scheme, host, port).slice(scheme.length + 3)
  const client = connect(`${scheme}://${authority}`, {
    keepAliveMs: settings.keepAliveMs,
    keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
    connectTimeoutMs: settings.connectTimeoutMs,
    // Python's MicroAPI writes messages of errors as they are.
    lineBreaksInValues: true,
    ...settings.http2,
    ...(typeof tls === 'object' ? { tls } : {}),
  })
  const targets = new Map<string, Target>()
  const makeTarget = async ({ service, method }: Call): Promise<Target> => {
    const facts = lookup?.find(service, method)
    const proto = await codecOf(service, method, facts, settings)
    const codec = proto
      ? clientProtoCodec(proto)
      : jsonCodec(facts?.compiled.input.stringify, settings.maxDepth)
    const headers = headerList({
      ':method': 'POST',
      ':scheme': scheme,
      ':path': proto?.path ?? `/${encodeURIComponent(service)}/${encodeURIComponent(method)}`,
      ':authority': authority,
      te: 'trailers',
      'content-type': codec.contentType,
      'grpc-accept-encoding': 'gzip',
    })
    const target = { headers, codec }
    targets.set(`${service}/${method}`, target)
    return target
  }
  const send = (call: Call, { headers, codec }: Target, settle: Settle): void => {
    const data = new ClientCall(call, codec, maxMessageBytes, settle)
    try {
      data.begin(client.request(headers, { extra: fieldsOf(call), listener: clientListener, data }))
    } catch (error) {
      settle.reject(failureOf(error))
    }
  }
  return {
    invoke: (call) =>
      new Promise<Reply>((resolve, reject) => {
        const target = targets.get(`${call.service}/${call.method}`)
        if (target) return send(call, target, { resolve, reject })
        makeTarget(call).then((made) => send(call, made, { resolve, reject }), reject)
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
