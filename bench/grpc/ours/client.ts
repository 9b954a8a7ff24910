import { grpc } from 'microapi-ts/grpc'
import type { ClientModule } from '../../harness/peer.ts'
import { callsOver } from './calls.ts'

/** All on. Variants: `json`, `node` for node:http2. */
export const createClient: ClientModule['createClient'] = (url, variant, ca) =>
  callsOver(
    grpc({
      port: Number(new URL(url).port),
      ...(ca !== undefined && { tls: { ca } }),
      ...(variant === 'json' && { codec: 'json' }),
      ...(variant === 'node' && { engine: 'node:http2' }),
    }),
  )
