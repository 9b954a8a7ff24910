import { RpcError } from '../../core/errors.ts'
import type { Description, MethodDescription } from '../../core/transport.ts'
import type { HeaderBlock } from '../../http2/header-block.ts'
import type { ProtoCodecs } from '../../wire/protobuf/codecs.ts'
import {
  grpcType,
  jsonCodec,
  jsonContentType,
  protoContentType,
  serverProtoCodec,
  type MethodCodec,
} from './codec.ts'
import { acceptsGzip } from './gzip.ts'
import { parseGrpcTimeout } from '../../wire/grpc/timeout.ts'

/** What a request's headers lead to. One block may come many times: this is kept with it. */
export interface Route {
  readonly service: string
  readonly method: string
  readonly description: MethodDescription | undefined
  readonly codec: MethodCodec
  readonly timeoutMs: number | undefined
  readonly compressed: boolean
  /** Answers may be packed by gzip: this server does so, and the client reads it. */
  readonly packs: boolean
  /** The description knows no such method: what its messages say does not matter then. */
  readonly unknown: boolean
  /** Why it leads nowhere. */
  readonly failure: RpcError | undefined
  /** The HTTP status of a request that is no gRPC. */
  readonly status: number
}

/** Finds the route of a request. */
export type Router = (headers: HeaderBlock) => Route

/** What a router knows. */
export interface RouterFacts {
  readonly describe: Description | undefined
  /** Missing where protobufjs is, or where nothing describes the methods. */
  readonly protobuf: ProtoCodecs | undefined
  readonly maxDepth: number
  /** Whether answers are packed, where clients can read that. */
  readonly packs: boolean
}

/** Makes the router of a server. */
export function grpcRouter({ describe, protobuf, maxDepth, packs }: RouterFacts): Router {
  const codecs = new Map<string, MethodCodec>()
  const codecOf = (service: string, method: string, isJson: boolean): MethodCodec => {
    const key = `${service}/${method} ${isJson}`
    let codec = codecs.get(key)
    if (codec) return codec
    const proto = isJson ? undefined : protobuf?.find(service, method)
    const stringify = describe?.find(service, method)?.compiled.output.stringify
    codec = proto ? serverProtoCodec(proto) : jsonCodec(stringify, maxDepth)
    // Names that nobody serves are the peer's: they are not kept.
    if (stringify) codecs.set(key, codec)
    return codec
  }
  return (headers) => {
    const known = headers.route as Route | undefined
    if (known) return known
    const path = headers.path ?? ''
    const [, first = '', second = '', ...rest] = path.split('/')
    // Under the names of the .proto file as well, whatever the messages are.
    const { service, method } = protobuf?.findPath(path) ?? { service: first, method: second }
    const description = rest.length === 0 ? describe?.find(service, method) : undefined
    const refused = refusal(headers, protobuf !== undefined)
    const timeout = timeoutOf(headers)
    const route: Route = {
      service,
      method,
      description,
      codec: codecOf(service, method, typeOf(headers) === jsonContentType),
      timeoutMs: typeof timeout === 'number' ? timeout : undefined,
      compressed: headers.get('grpc-encoding') === 'gzip',
      packs: packs && acceptsGzip(headers.get('grpc-accept-encoding')),
      unknown: describe !== undefined && description === undefined,
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

function typeOf(headers: HeaderBlock): string {
  return (headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase()
}

function refusal(
  headers: HeaderBlock,
  hasProtobuf: boolean,
): { status: number; failure: RpcError } | undefined {
  if (headers.method !== 'POST')
    return { status: 405, failure: new RpcError('INTERNAL', 'gRPC calls are POST') }
  const type = typeOf(headers)
  if (!grpcType.test(type)) {
    const failure = new RpcError(
      'INVALID_ARGUMENT',
      `content type ${JSON.stringify(type)}: send ${jsonContentType}`,
    )
    return { status: 415, failure }
  }
  const isProto = type === 'application/grpc' || type === protoContentType
  if (type !== jsonContentType && !(isProto && hasProtobuf)) {
    const why = isProto ? 'protobuf needs protobufjs here' : 'it is not known'
    const failure = new RpcError(
      'UNIMPLEMENTED',
      `content type ${JSON.stringify(type)}: ${why}; this server speaks ${jsonContentType}`,
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
