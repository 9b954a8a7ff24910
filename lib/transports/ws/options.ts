import type { IncomingHttpHeaders, Server } from 'node:http'
import type { SecureContextOptions } from 'node:tls'
import type { MetadataInit } from '../../core/metadata.ts'

/** Where and how to serve or to call over WebSocket. */
export interface WsOptions {
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string
  /** 8765 unless told otherwise; a server takes a free one for 0. */
  readonly port?: number
  /** For a server: the one path that is answered; any unless told otherwise. For a client: what it asks for. */
  readonly path?: string
  /** For a client, in place of host, port and path: `wss://api.example.com/rpc`. */
  readonly url?: string
  /** Serves, or calls, over TLS. `true` for a client that trusts the system's authorities. */
  readonly tls?: TlsOptions | true
  /** For a server: an HTTP server of one's own, whose upgrades are taken; it is neither opened nor closed here. */
  readonly server?: Server
  /** For a server: pages of which origins may connect. The page's own host unless told otherwise; `'*'` for all. */
  readonly origins?: readonly string[] | '*'
  /**
   * For a server: sees every handshake. An RpcError refuses it (UNAUTHENTICATED is 401, PERMISSION_DENIED 403); metadata that
   * it returns stand in every call of the connection, whatever the caller says.
   */
  readonly authenticate?: (handshake: Handshake) => MetadataInit | void | Promise<MetadataInit | void>
  /** The largest message in bytes: 1 MiB. */
  readonly maxMessageBytes?: number
  /** How deep JSON may be nested on its way in: 64. */
  readonly maxDepth?: number
  /** What may wait to leave on a connection before streams are held, in bytes: 1 MiB. */
  readonly maxBufferedBytes?: number
  /** Fragments that a message may come in: 1,024. */
  readonly maxFragments?: number
  /** How often a silent peer is asked whether it lives, in ms: 15,000. Twice that without an answer, it does not. */
  readonly pingIntervalMs?: number
  /** Until a connection stands, in ms: 10,000. */
  readonly connectTimeoutMs?: number
  /** For a client: how long behind a failed attempt the next may begin, in ms: 1,000. */
  readonly reconnectMs?: number
}

/** What a client says when it connects. */
export interface Handshake {
  readonly headers: IncomingHttpHeaders
  /** Path and query. */
  readonly url: string
  readonly address: string | undefined
}

/** Certificates and keys; for a client the authorities that it trusts, and its own certificate. */
export interface TlsOptions extends SecureContextOptions {
  /** For a server: ask clients for a certificate (mTLS). */
  readonly requestCert?: boolean
  /** Refuse what no trusted authority signed: true. */
  readonly rejectUnauthorized?: boolean
  /** For a client: the name to check the server's certificate against. */
  readonly servername?: string
}

/** The settings with their defaults. */
export type WsSettings = ReturnType<typeof wsSettings>

/** Fills in the defaults of docs/limits.md. */
export function wsSettings(options: WsOptions) {
  const maxMessageBytes = options.maxMessageBytes ?? 1_048_576
  return {
    host: options.host === 'localhost' ? '127.0.0.1' : (options.host ?? '127.0.0.1'),
    port: options.port ?? 8765,
    path: options.path,
    url: options.url,
    tls: options.tls,
    server: options.server,
    origins: options.origins,
    authenticate: options.authenticate,
    maxMessageBytes,
    /** Past this the connection ends (1009): room for what stands around a message. */
    maxFrameBytes: maxMessageBytes + 65_536,
    maxDepth: options.maxDepth ?? 64,
    maxBufferedBytes: options.maxBufferedBytes ?? 1_048_576,
    maxFragments: options.maxFragments ?? 1_024,
    pingIntervalMs: options.pingIntervalMs ?? 15_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    reconnectMs: options.reconnectMs ?? 1_000,
  }
}
