import { formatAddress } from '../../core/address.ts'

/** What an address is made of. */
interface Parts {
  readonly url?: string | undefined
  readonly tls?: unknown
  readonly host?: string | undefined
  readonly port?: number | undefined
  readonly path?: string | undefined
}

/** Where a client connects to. */
export function wsUrl({ url, tls, host = '127.0.0.1', port = 8765, path = '/' }: Parts): string {
  return url ?? formatAddress(tls ? 'wss' : 'ws', host === 'localhost' ? '127.0.0.1' : host, port) + path
}
