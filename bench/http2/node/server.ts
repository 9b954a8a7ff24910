import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { RunningServer } from '../../harness/peer.ts'
import { handle, load } from './handle.ts'
import { options, widen } from './settings.ts'

/** node:http2 by hand, no TLS: no validation, no router, no framework; what an own engine is measured by. */
export const startServer = async (): Promise<RunningServer> => {
  const server = createServer(options).on('session', widen).on('stream', handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, load, close: async () => server.close() }
}
