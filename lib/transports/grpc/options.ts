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
  /** Numbers of protobuf's fields that were given before: what `proto.lock.json` holds. */
  readonly protoLock?: ProtoLock
  /** Limits of the HTTP/2 connections; see `microapi-ts/http2`. */
  readonly http2?: Http2Options
}

/** The settings with their defaults. */
export type GrpcSettings = ReturnType<typeof grpcSettings>

/** Fills in the defaults of docs/limits.md. */
export function grpcSettings(options: GrpcOptions) {
  const maxMessageBytes = options.maxMessageBytes ?? 4_194_304
  return {
    host: options.host === 'localhost' ? '127.0.0.1' : (options.host ?? '127.0.0.1'),
    port: options.port ?? 50_051,
    tls: options.tls,
    engine: options.engine ?? 'own',
    codec: options.codec ?? 'auto',
    protoLock: options.protoLock,
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
