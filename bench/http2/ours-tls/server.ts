import type { RunningServer } from '../../harness/peer.ts'
import { makeCertificate } from '../certificate.ts'
import { serve } from '../ours/server.ts'

/** The same as `ours`, over TLS. */
export const startServer = async (): Promise<RunningServer> => {
  const { key, cert } = makeCertificate()
  return { ...(await serve({ tls: { key, cert } }, 'https')), ca: cert }
}
