import { pathToFileURL } from 'node:url'
import { memory } from './memory.ts'
import type { RunningServer, ServerModule } from './peer.ts'
import { answerParent } from './processes.ts'
import { cpuTime } from './slice.ts'

/** What a server process can be asked. */
export type ServerQuestion = 'state' | 'memory'

let server: Promise<RunningServer> | undefined

/**
 * argv: the built file of a peer's server, which variant of it. It answers where it listens, its unary call for load generators,
 * whom its clients must trust, and how much processor time it has used; or how much memory it has in use.
 */
answerParent(async (question: ServerQuestion) => {
  if (question === 'memory') return memory()
  server ??= (import(pathToFileURL(process.argv[2]!).href) as Promise<ServerModule>).then((peer) =>
    peer.startServer(process.argv[3] || undefined),
  )
  const { url, load, ca } = await server
  return { url, load, ca, cpu: cpuTime() }
})
