import { builtFile } from './build.ts'
import type { Question } from './client-worker.ts'
import type { LoadRequest, Peer, RunningServer } from './peer.ts'
import { LOAD_CORE, SERVER_CORE, startWorker, type Worker } from './processes.ts'
import type { Count, Slice } from './slice.ts'

const STREAM_WARM_UP = 1_000
const SETTLE = 100

/** What a pair of processes does before its first slice: so many calls, or those of so many milliseconds. */
export interface WarmUp {
  readonly calls: number
  readonly withinMs?: number
}

/** A peer's server process and client process. */
export interface Pair {
  readonly load: LoadRequest | undefined
  ask(question: Question): Promise<Slice>
  stop(): Promise<void>
}

/** What a server process answers. */
type ServerState = Pick<RunningServer, 'url' | 'load' | 'ca'> & { readonly cpu: number }

const openPair = async (peer: Peer): Promise<Pair> => {
  const workers: Worker[] = []
  const start = (...args: Parameters<typeof startWorker>) => {
    const worker = startWorker(...args)
    workers.push(worker)
    return worker
  }
  const stop = async () => {
    for (const worker of workers.toReversed()) await worker.stop()
  }
  try {
    const server = start('harness/server-worker', SERVER_CORE, [builtFile(peer.server)])
    const askServer = () => server.ask<ServerState>({})
    const { url, load, ca = '' } = await askServer()
    const args = [builtFile(peer.client), url, peer.variant ?? '', ca]
    const client = start('harness/client-worker', LOAD_CORE, args)
    const ask = async (question: Question): Promise<Slice> => {
      const before = await askServer()
      const { figure, done, cpu } = await client.ask<Count & { cpu: number }>(question)
      const after = await askServer()
      return { figure, cpu: { server: (after.cpu - before.cpu) / done, client: cpu / done } }
    }
    return { load, ask, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

export type Lab = ReturnType<typeof openLab>

/** Keeps the pairs of processes of a suite: warm ones from first use to the end, cold ones for one question each. */
export const openLab = (peers: Readonly<Record<string, Peer>>, warmUp: WarmUp) => {
  const pairs = new Map<string, Promise<Pair>>()
  const warmed = new Set<string>()

  const pair = (name: string): Promise<Pair> => {
    const known = pairs.get(name) ?? openPair(peers[name]!)
    pairs.set(name, known)
    return known
  }
  /** The peer's pair, after the question was asked of it once. */
  const warm = async (name: string, question: Question): Promise<Pair> => {
    const it = await pair(name)
    const key = `${name} ${question.do === 'stream' ? question.kind : 'calls'}`
    if (!warmed.has(key)) await it.ask(question)
    warmed.add(key)
    return it
  }
  return {
    /** A warm pair; a burst before every slice opens again what was closed while the others had their turns. */
    calling: async (name: string): Promise<Pair> => {
      const it = await warm(name, { do: 'calls', inFlight: 64, ...warmUp })
      await it.ask({ do: 'rate', ms: SETTLE, inFlight: 64 })
      return it
    },
    streaming: (name: string, kind: 'serverStream' | 'clientStream', count: number) =>
      warm(name, { do: 'stream', kind, count, ms: STREAM_WARM_UP }),
    /** Asks a pair of processes that were started for this question and end after it. */
    cold: async (name: string, question: Question): Promise<Slice> => {
      const it = await openPair(peers[name]!)
      try {
        return await it.ask(question)
      } finally {
        await it.stop()
      }
    },
    close: async () => {
      for (const it of await Promise.allSettled(pairs.values()))
        if (it.status === 'fulfilled') await it.value.stop()
    },
  }
}
