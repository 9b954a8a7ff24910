import { RpcError } from '../../core/errors.ts'
import type { Description, MethodDescription } from '../../core/transport.ts'
import type { HeaderBlock } from '../../http2/header-block.ts'
import { jsonContentType, serverCodec, type MethodCodec } from './codec.ts'
import { parseGrpcTimeout } from '../../wire/grpc/timeout.ts'

/** What a request's headers lead to. One block may come many times: this is kept with it. */
export interface Route {
  readonly service: string
  readonly method: string
  readonly description: MethodDescription | undefined
  readonly codec: MethodCodec
  readonly timeoutMs: number | undefined
  readonly compressed: boolean
  /** Why it leads nowhere. */
  readonly failure: RpcError | undefined
  /** The HTTP status of a request that is no gRPC. */
  readonly status: number
}

/** Finds the route of a request. */
export type Router = (headers: HeaderBlock) => Route

/** Makes the router of a server. */
export function grpcRouter(describe: Description | undefined, maxDepth: number): Router {
  const codecs = new Map<MethodDescription | undefined, MethodCodec>()
  const codecOf = (description: MethodDescription | undefined): MethodCodec => {
    let codec = codecs.get(description)
    if (!codec) codecs.set(description, (codec = serverCodec(description, maxDepth)))
    return codec
  }
  return (headers) => {
    const known = headers.route as Route | undefined
    if (known) return known
    const [, service = '', method = '', ...rest] = (headers.path ?? '').split('/')
    const description = rest.length === 0 ? describe?.find(service, method) : undefined
    const refused = refusal(headers)
    const timeout = timeoutOf(headers)
    const route: Route = {
      service,
      method,
      description,
      codec: codecOf(description),
      timeoutMs: typeof timeout === 'number' ? timeout : undefined,
      compressed: headers.get('grpc-encoding') === 'gzip',
      failure:
        refused?.failure ??
        (timeout instanceof RpcError ? timeout : undefined) ??
        unknownPath(service, method, rest.length),
      status: refused?.status ?? 200,
    }
    headers.route = route
    return route
  }
}

function unknownPath(service: string, method: string, more: number): RpcError | undefined {
  if (service !== '' && method !== '' && more === 0) return undefined
  return new RpcError('UNIMPLEMENTED', 'the path must be /{service}/{method}')
}

function refusal(headers: HeaderBlock): { status: number; failure: RpcError } | undefined {
  if (headers.method !== 'POST')
    return { status: 405, failure: new RpcError('INTERNAL', 'gRPC calls are POST') }
  const type = (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (!type.startsWith('application/grpc')) {
    const failure = new RpcError(
      'INVALID_ARGUMENT',
      `content type ${JSON.stringify(type)}: send ${jsonContentType}`,
    )
    return { status: 415, failure }
  }
  if (type !== jsonContentType) {
    const failure = new RpcError(
      'UNIMPLEMENTED',
      `content type ${JSON.stringify(type)}: this server speaks ${jsonContentType}`,
    )
    return { status: 200, failure }
  }
  const encoding = headers.get('grpc-encoding') ?? 'identity'
  if (encoding === 'identity' || encoding === 'gzip') return undefined
  return {
    status: 200,
    failure: new RpcError(
      'UNIMPLEMENTED',
      `grpc-encoding ${JSON.stringify(encoding)}: send identity or gzip`,
    ),
  }
}

function timeoutOf(headers: HeaderBlock): number | undefined | RpcError {
  const text = headers.get('grpc-timeout')
  if (text === undefined) return undefined
  try {
    return parseGrpcTimeout(text)
  } catch (error) {
    return error as RpcError
  }
}
