import { serve } from 'microapi-ts'
import { grpc, type GrpcOptions } from 'microapi-ts/grpc'
import type { ServerModule } from '../../harness/peer.ts'
import { makeCertificate } from '../../http2/certificate.ts'
import { load } from '../load.ts'
import { app } from './app.ts'

/** All on: checks of input and output, a middleware, metadata, deadlines, limits, health. Variants: `tls`, `node` for node:http2. */
export const startServer: ServerModule['startServer'] = async (variant) => {
  const certificate = variant === 'tls' ? makeCertificate() : undefined
  const options: GrpcOptions = {
    port: 0,
    ...(certificate && { tls: certificate }),
    ...(variant === 'node' && { engine: 'node:http2' }),
  }
  const server = await serve(app, [grpc(options)])
  return {
    // As load generators know it.
    url: server.urls[0]!.replace('grpc', 'http'),
    load,
    ...(certificate && { ca: certificate.cert }),
    close: () => server.close(),
  }
}
