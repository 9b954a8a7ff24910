import { serve } from 'microapi-ts'
import { ws } from 'microapi-ts/ws'
import type { RunningServer } from '../../harness/peer.ts'
import { app } from '../../grpc/ours/app.ts'

/** The app that gRPC's suite has too, all on: checks of input and output, a middleware, metadata, deadlines, limits. */
export const startServer = async (): Promise<RunningServer> => {
  const server = await serve(app, [ws({ port: 0 })])
  return { url: server.urls[0]!, close: () => server.close() }
}
