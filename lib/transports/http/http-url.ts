import { formatAddress } from '../../core/address.ts'

/** Where a server is, in one part or in four. */
interface Place {
  readonly url?: string
  readonly host?: string
  readonly port?: number
  readonly prefix?: string
  readonly tls?: object | true
}

/** What every path is appended to: the `url`, or what host, port and prefix make. */
export function baseUrl({ url, host = '127.0.0.1', port = 8080, prefix = '', tls }: Place): string {
  return (url ?? formatAddress(tls ? 'https' : 'http', host, port) + prefix).replace(/\/$/, '')
}

/** A base URL in the two parts that senders and channels need: where to connect, and what every path begins with. */
export function splitUrl(url: string): { readonly origin: string; readonly path: string } {
  const match = /^([a-z]+:\/\/[^/]+)?(\/.*)?$/i.exec(url)
  if (!match)
    throw new TypeError(
      `http: ${JSON.stringify(url)} is no URL; write https://host:port/prefix, or /prefix for a page's own origin`,
    )
  return { origin: match[1] ?? '', path: (match[2] ?? '').replace(/\/$/, '') }
}
