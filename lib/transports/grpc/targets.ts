import { formatAddress } from '../../core/address.ts'
import type { Call } from '../../core/call.ts'
import type { Lookup } from '../../core/transport.ts'
import { headerList, type HeaderList } from '../../http2/sent-headers.ts'
import { clientProtoCodec, jsonCodec, type MethodCodec } from './codec.ts'
import type { GrpcAddress, GrpcSettings } from './options.ts'
import { codecOf } from './protobuf.ts'
import { accepts, packs } from './response-headers.ts'

/** Where requests go: what is before their paths. */
export interface Origin {
  readonly scheme: 'http' | 'https'
  /** `host:port`. */
  readonly authority: string
}

/** What does not change from call to call of a method. */
export interface Target {
  readonly codec: MethodCodec
  /** For each origin. */
  readonly headers: readonly HeaderList[]
}

/** The targets of a channel. */
export interface Targets {
  /** One that was made before. */
  known(call: Call): Target | undefined
  /** Rejects where the method's schemas cannot be protobuf. */
  make(call: Call): Promise<Target>
}

/** The origin of an address. */
export function originOf({ host, port = 50_051 }: GrpcAddress, tls: GrpcSettings['tls']): Origin {
  const scheme = tls ? 'https' : 'http'
  return { scheme, authority: formatAddress(scheme, host, port).slice(scheme.length + 3) }
}

/** The headers of a request, as far as they are the same for all calls of a method. */
export function requestHeaders(
  { scheme, authority }: Origin,
  path: string,
  { contentType }: MethodCodec,
  { gzipFrom }: Pick<GrpcSettings, 'gzipFrom'>,
): HeaderList {
  return headerList({
    ':method': 'POST',
    ':scheme': scheme,
    ':path': path,
    ':authority': authority,
    te: 'trailers',
    'content-type': contentType,
    ...(gzipFrom === Number.POSITIVE_INFINITY ? {} : packs),
    ...accepts,
  })
}

/** Finds out how methods are called, when each is first. */
export function createTargets(
  lookup: Lookup | undefined,
  settings: GrpcSettings,
  origins: readonly Origin[],
): Targets {
  const targets = new Map<string, Target>()
  return {
    known: ({ service, method }) => targets.get(`${service}/${method}`),
    async make({ service, method }) {
      const facts = lookup?.find(service, method)
      const proto = await codecOf(service, method, facts, settings)
      const codec = proto
        ? clientProtoCodec(proto)
        : jsonCodec(facts?.compiled.input.stringify, settings.maxDepth)
      const path = proto?.path ?? `/${encodeURIComponent(service)}/${encodeURIComponent(method)}`
      const target = { codec, headers: origins.map((one) => requestHeaders(one, path, codec, settings)) }
      targets.set(`${service}/${method}`, target)
      return target
    },
  }
}
