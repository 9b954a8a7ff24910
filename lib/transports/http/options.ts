import type { SecureContextOptions } from 'node:tls'
import type { UpgradeTransport } from '../../core/transport.ts'
import type { DocsOptions } from './docs/options.ts'
import { baseUrl } from './http-url.ts'

/** Where and how to serve or to call over HTTP. */
export interface HttpOptions {
  /** 127.0.0.1 unless told otherwise. */
  readonly host?: string
  /** 8080 unless told otherwise; a server takes a free one for 0. */
  readonly port?: number
  /** What stands before `/{service}/{method}`, as in `/api`. */
  readonly prefix?: string
  /** For a server, or a plugin: what else lives on its port, as in `upgrade: ws()`. */
  readonly upgrade?: UpgradeTransport
  /**
   * For a server, or a plugin: pages that show the methods and let people try them, and `openapi.json`; none by default.
   * They need the package swagger-ui-dist, and show all to whoever reaches them.
   */
  readonly docs?: boolean | DocsOptions
  /** For a client, in place of host, port and prefix: `https://api.example.com/v1`, or `''` for a page's own origin. */
  readonly url?: string
  /** Serves, or calls, over TLS. `true` for a client that trusts the system's authorities. */
  readonly tls?: TlsOptions | true
  /** The largest message in bytes, one line or one array item of a stream: 1 MiB. */
  readonly maxMessageBytes?: number
  /** How deep JSON may be nested on its way in: 64. */
  readonly maxDepth?: number
  /** How long a single message's body may take to arrive, in ms: 30,000. */
  readonly bodyTimeoutMs?: number
  /** How long a stream's body, or a client's stream of answers, may be silent, in ms; none by default. */
  readonly idleTimeoutMs?: number
  /** How long a request's head may take to arrive, in ms: 10,000. */
  readonly headersTimeoutMs?: number
  /** How long a connection may wait for its next request, in ms: 72,000. */
  readonly keepAliveMs?: number
  /** How often a silent stream says that it lives, to clients that understand it, in ms: 15,000; 0 for never. */
  readonly pingIntervalMs?: number
  /** For a client: connections to the server at most; no limit by default, since each carries one call at a time. */
  readonly maxConnections?: number
  /** For a client by fetch, which sends a stream of messages whole: its length at most, 8 MiB. */
  readonly maxUploadBytes?: number
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
export type HttpSettings = ReturnType<typeof httpSettings>

/** Fills in the defaults of LIMITS (docs/limits.md). */
export function httpSettings(options: HttpOptions) {
  const { host = '127.0.0.1', port = 8080, prefix = '', tls } = options
  if (prefix !== '' && !/^(\/[^/?#]+)+$/.test(prefix))
    throw new TypeError(`http: prefix ${JSON.stringify(prefix)}: write it as "/api"`)
  return {
    // fastify would listen twice for this name, on IPv4 and on IPv6.
    host: host === 'localhost' ? '127.0.0.1' : host,
    port,
    prefix,
    tls,
    upgrade: options.upgrade,
    docs: options.docs === true ? {} : options.docs || undefined,
    url: baseUrl(options),
    maxMessageBytes: options.maxMessageBytes ?? 1_048_576,
    maxDepth: options.maxDepth ?? 64,
    bodyTimeoutMs: options.bodyTimeoutMs ?? 30_000,
    idleTimeoutMs: options.idleTimeoutMs,
    headersTimeoutMs: options.headersTimeoutMs ?? 10_000,
    keepAliveMs: options.keepAliveMs ?? 72_000,
    pingIntervalMs: options.pingIntervalMs ?? 15_000,
    maxConnections: options.maxConnections,
    maxUploadBytes: options.maxUploadBytes ?? 8_388_608,
  }
}
