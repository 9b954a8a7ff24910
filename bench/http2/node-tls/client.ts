import type { ClientModule } from '../../harness/peer.ts'
import { connectTo } from '../node/client.ts'

/** The same as `node`, over TLS, with the server's certificate checked. */
export const createClient: ClientModule['createClient'] = (url, _variant, ca) => connectTo(url, { ca })
