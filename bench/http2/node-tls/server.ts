import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { RunningServer } from '../../harness/peer.ts'
import { makeCertificate } from '../certificate.ts'
import { handle, load } from '../node/handle.ts'
import { options, widen } from '../node/settings.ts'

/** The same as `node`, over TLS. */
export const startServer = async (): Promise<RunningServer> => {
  const { key, cert } = makeCertificate()
  const server = createSecureServer({ ...options, key, cert })
    .on('session', widen)
    .on('stream', handle)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `https://127.0.0.1:${port}`, ca: cert, load, close: async () => server.close() }
}
