import { parseAddress, type Address } from '../../core/address.ts'
import type { HttpOptions } from './options.ts'

/** Reads `http://host:port/prefix?docs=true`. Throws for what HTTP addresses do not have. */
export function urlOptions(url: string): HttpOptions {
  const { scheme, hosts, path, query, username } = parseAddress(url)
  const [{ host, port }, second] = hosts as [Address['hosts'][0], ...Address['hosts']]
  const { docs, ...settings } = query
  const setting = Object.keys(settings)[0]
  const excess = second ? 'a second host' : (setting ?? (username === undefined ? undefined : 'a user name'))
  if (excess !== undefined)
    throw new TypeError(`${scheme}:// takes host, port and path; there is no place for ${excess}`)
  const secure = scheme === 'https'
  return {
    host,
    port: port ?? (secure ? 443 : 8080),
    prefix: path.replace(/\/$/, ''),
    ...(secure ? { tls: true } : {}),
    ...(docs === undefined ? {} : { docs: isTrue(docs, scheme) }),
  }
}

function isTrue(value: string, scheme: string): boolean {
  if (value !== 'true' && value !== 'false')
    throw new TypeError(`${scheme}://: docs=${value}: write docs=true or docs=false`)
  return value === 'true'
}
