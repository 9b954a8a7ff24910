import { wrongUsage } from './failure.ts'

/** Where a command line says that an app is to listen. */
export interface ListenOptions {
  /** URLs, as `serve` takes them. */
  readonly listen?: readonly string[]
  readonly transport?: string
  readonly host?: string
  readonly port?: number
  /** Whether what listens over HTTP serves pages about its API. */
  readonly docs?: boolean
}

/**
 * The URLs to listen at: those that are given, or one of a transport, a host and a port, each of which has a default. Throws a
 * CommandError for a scheme that needs a certificate, and for `docs` where nothing listens over HTTP.
 */
export function listenUrls({
  listen = [],
  transport = 'http',
  host,
  port,
  docs = false,
}: ListenOptions): readonly string[] {
  const urls = listen.length > 0 ? listen : [urlOf(transport, host, port)]
  const secure = urls.find((url) => /^(https|wss|grpcs):/i.test(url))
  if (secure !== undefined)
    throw wrongUsage(
      `${secure} takes a certificate, for which the command line has no place; leave TLS to what stands before it, or serve from a file of yours, as in serve(app, http({ tls: { key, cert } }))`,
    )
  return docs ? withDocs(urls) : urls
}

function withDocs(urls: readonly string[]): readonly string[] {
  const isHttp = (url: string): boolean => /^http:/i.test(url)
  if (!urls.some(isHttp))
    throw wrongUsage('--docs is for what listens over HTTP; add --listen http://:8080, or leave --docs out')
  return urls.map((url) =>
    isHttp(url) && !/[?&]docs=/.test(url) ? `${url}${url.includes('?') ? '&' : '?'}docs=true` : url,
  )
}

function urlOf(transport: string, host = '127.0.0.1', port: number | undefined): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  return `${transport}://${name}${port === undefined ? '' : `:${port}`}`
}
