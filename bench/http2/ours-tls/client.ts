import type { ClientModule } from '../../harness/peer.ts'
import { connectTo } from '../ours/client.ts'

/** The same as `ours`, over TLS, with the server's certificate checked. */
export const createClient: ClientModule['createClient'] = (url, _variant, ca) =>
  connectTo(url, ca === undefined ? {} : { tls: { ca } })
