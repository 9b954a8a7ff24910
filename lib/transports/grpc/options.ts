import type { Http2Options } from '../../http2/options.ts'
import type { ProtoLock } from '../../wire/protobuf/numbers.ts'
import type { EngineName } from './engine.ts'
import type { TlsOptions } from './tls.ts'

/** Where and how to serve or to call over gRPC. */
export interface GrpcOptions {
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string
  /** 50051 unless told otherwise; a server takes a free one for 0. */
  readonly port?: number
  /** For a client: several servers of the same app, called in turn, in place of host and port. */
  readonly addresses?: readonly GrpcAddress[]
  /** Serves, or calls, over TLS. `true` for a client that trusts the system's authorities. */
  readonly tls?: TlsOptions | true
  /** The largest message in bytes, on its way in and out, unpacked: 4 MiB. */
  readonly maxMessageBytes?: number
  /** How deep JSON may be nested on its way in: 64. */
  readonly maxDepth?: number
  /** For a client: a PING after so much silence while calls are open, in ms: 60,000. */
  readonly keepAliveMs?: number
  /** For a client: how long the answer to it may take, in ms: 20,000. For a server: the least time between a client's PINGs. */
  readonly keepAliveTimeoutMs?: number
  /** For a client: until a connection stands, in ms: 10,000. */
  readonly connectTimeoutMs?: number
  /** What frames HTTP/2: our own engine (`own`, the default), or Node's, which is slower and older. */
  readonly engine?: EngineName
  /**
   * How messages are written: `auto`, the default, is protobuf where the schemas are known and protobufjs is installed,
   * and JSON otherwise. A Python MicroAPI server reads `json` alone. A server reads both unless told `json`.
   */
  readonly codec?: 'auto' | 'proto' | 'json'
  /**
   * Packs messages of at least so many bytes by gzip: `true` for 1,024, off unless asked for. A client does so from its first
   * call; a server for clients that say they can read it.
   */
  readonly gzip?: boolean | { readonly minBytes: number }
  /** For a server: answers `grpc.health.v1.Health`, as far as it speaks protobuf: true. */
  readonly health?: boolean
  /** For a server: tells anyone its schemas by server reflection (v1 and v1alpha): false. */
  readonly reflection?: boolean
  /**
   * For a client: asks each address by `grpc.health.v1.Health/Watch` whether it serves, and calls only those that do; a
   * server that has no such service counts as one. A string names the service to ask for, `true` the whole server. Off
   * unless asked for; needs protobufjs.
   */
  readonly healthCheck?: boolean | string
  /** For a client of several addresses: when to connect again behind a failure. */
  readonly reconnect?: Partial<ReconnectPolicy>
  /** Numbers of protobuf's fields that were given before: what `proto.lock.json` holds. */
  readonly protoLock?: ProtoLock
  /** Limits of the HTTP/2 connections; see `microapi-ts/http2`. */
  readonly http2?: Http2Options
}

/** Where one server of several listens. */
export interface GrpcAddress {
  readonly host: string
  /** 50051 unless told otherwise. */
  readonly port?: number
}

/** How long an address is left alone behind a failed attempt to connect, ± 20 %. */
export interface ReconnectPolicy {
  /** Behind the first failure, in ms: 1,000. A call that has nowhere else to go tries at once, once in this time at most. */
  readonly initialMs: number
  /** What each further failure multiplies it by: 1.6. */
  readonly factor: number
  /** The longest, in ms: 120,000. */
  readonly maxMs: number
}

/** The settings with their defaults. */
export type GrpcSettings = ReturnType<typeof grpcSettings>

/** Fills in the defaults of docs/limits.md. */
export function grpcSettings(options: GrpcOptions) {
  const { addresses, host, port, healthCheck = false } = options
  if (addresses?.length === 0) throw new TypeError('grpc: addresses is empty; name at least one server')
  if (addresses && (host !== undefined || port !== undefined))
    throw new TypeError('grpc: addresses stand in place of host and port; give one or the other')
  const maxMessageBytes = options.maxMessageBytes ?? 4_194_304
  return {
    ...filled(options),
    addresses: addresses?.map(filled),
    tls: options.tls,
    engine: options.engine ?? 'own',
    codec: options.codec ?? 'auto',
    protoLock: options.protoLock,
    /** From how many bytes on a message is packed. */
    gzipFrom: gzipFrom(options.gzip),
    health: options.health ?? true,
    reflection: options.reflection ?? false,
    /** The service that is asked for, '' for the whole server; undefined for no such question. */
    healthCheck: healthCheck === true ? '' : healthCheck === false ? undefined : healthCheck,
    reconnect: { initialMs: 1_000, factor: 1.6, maxMs: 120_000, ...options.reconnect },
    maxMessageBytes,
    maxDepth: options.maxDepth ?? 64,
    keepAliveMs: options.keepAliveMs ?? 60_000,
    keepAliveTimeoutMs: options.keepAliveTimeoutMs ?? 20_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    http2: {
      // Python's MicroAPI neither splits a message nor waits for windows: there has to be room for the largest one.
      maxFrameSize: Math.min(Math.max(maxMessageBytes + 1_024, 16_384), 16_777_215),
      streamWindow: Math.max(maxMessageBytes + 65_536, 1_048_576),
      connectionWindow: Math.max(4 * maxMessageBytes, 4_194_304),
      // Room for as much metadata as an app may allow by default, so that it is the app that refuses more.
      maxHeaderListSize: 24_576,
      ...options.http2,
    },
  }
}

function filled({ host = '127.0.0.1', port = 50_051 }: Pick<GrpcOptions, 'host' | 'port'>): {
  host: string
  port: number
} {
  return { host: host === 'localhost' ? '127.0.0.1' : host, port }
}

function gzipFrom(gzip: GrpcOptions['gzip']): number {
  if (gzip === undefined || gzip === false) return Number.POSITIVE_INFINITY
  return gzip === true ? 1_024 : gzip.minBytes
}
