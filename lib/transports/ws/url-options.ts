import { parseAddress, type Address } from '../../core/address.ts'
import type { WsOptions } from './options.ts'

/** Reads `ws://host:port/path`. Throws for what WebSocket addresses do not have. */
export function urlOptions(url: string): WsOptions {
  const { scheme, hosts, path, query, username } = parseAddress(url)
  const [{ host, port }, second] = hosts as [Address['hosts'][0], ...Address['hosts']]
  const setting = Object.keys(query)[0]
  const excess = second ? 'a second host' : (setting ?? (username === undefined ? undefined : 'a user name'))
  if (excess !== undefined)
    throw new TypeError(`${scheme}:// takes host, port and path; there is no place for ${excess}`)
  const secure = scheme === 'wss'
  return {
    host,
    port: port ?? (secure ? 443 : 8765),
    ...(path === '' ? {} : { path }),
    ...(secure ? { tls: true } : {}),
  }
}
