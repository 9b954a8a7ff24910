import { serve } from 'microapi-ts'
import { http } from 'microapi-ts/http'
import type { RunningServer } from '../../harness/peer.ts'
import { app } from './app.ts'

/** One app on one transport, with its defaults: limits, checks of input and output, health. */
export const startServer = async (): Promise<RunningServer> => {
  const server = await serve(app, [http({ port: 0 })])
  return {
    url: server.urls[0]!,
    load: {
      method: 'POST',
      path: '/cities/get',
      headers: { 'content-type': 'application/json' },
      body: '{"id":7}',
    },
    close: () => server.close(),
  }
}
