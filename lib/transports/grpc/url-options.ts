import { parseAddress, type Address } from '../../core/address.ts'
import type { GrpcOptions } from './options.ts'

/** Reads `grpc://host:port`. Throws for what gRPC addresses do not have. */
export function urlOptions(url: string): GrpcOptions {
  const { scheme, hosts, path, query, username } = parseAddress(url)
  const [{ host, port }, second] = hosts as [Address['hosts'][0], ...Address['hosts']]
  const excess =
    (second && 'a second host') ??
    (path ? 'a path' : undefined) ??
    Object.keys(query)[0] ??
    (username === undefined ? undefined : 'a user name')
  if (excess) throw new TypeError(`${scheme}:// takes host and port; there is no place for ${excess}`)
  return { host, port: port ?? 50_051, ...(scheme === 'grpcs' ? { tls: true } : {}) }
}
