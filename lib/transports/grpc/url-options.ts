import { parseAddress } from '../../core/address.ts'
import type { GrpcOptions } from './options.ts'

/** Reads `grpc://host:port`, or `grpc://a:1,b:2` for a client of several servers. Throws for what gRPC addresses do not have. */
export function urlOptions(url: string): GrpcOptions {
  const { scheme, hosts, path, query, username } = parseAddress(url)
  const excess =
    (path ? 'a path' : undefined) ??
    Object.keys(query)[0] ??
    (username === undefined ? undefined : 'a user name')
  if (excess) throw new TypeError(`${scheme}:// takes hosts and ports; there is no place for ${excess}`)
  const addresses = hosts.map(({ host, port = 50_051 }) => ({ host, port }))
  return {
    ...(addresses.length === 1 ? addresses[0] : { addresses }),
    ...(scheme === 'grpcs' ? { tls: true } : {}),
  }
}
