import { pathToFileURL } from 'node:url'
import type { RunningServer, ServerModule } from './peer.ts'
import { answerParent } from './processes.ts'
import { cpuTime } from './slice.ts'

let server: Promise<RunningServer> | undefined

/**
 * argv: the built file of a peer's server. It answers where it listens, its unary call for load generators,
 * whom its clients must trust, and how much processor time it has used.
 */
answerParent(async () => {
  server ??= (import(pathToFileURL(process.argv[2]!).href) as Promise<ServerModule>).then((peer) =>
    peer.startServer(),
  )
  const { url, load, ca } = await server
  return { url, load, ca, cpu: cpuTime() }
})
