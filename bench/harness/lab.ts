import { builtFile } from './build.ts'
import type { Question } from './client-worker.ts'
import type { Memory } from './memory.ts'
import type { LoadRequest, Peer, RunningServer, StreamKind } from './peer.ts'
import { LOAD_CORE, SERVER_CORE, startWorker, type Worker } from './processes.ts'
import type { ServerQuestion } from './server-worker.ts'
import type { Count, Slice } from './slice.ts'

const STREAM_WARM_UP = 1_000
const SETTLE = 100
const IDLE_WARM_UP = 200

/** What a pair of processes does before its first slice: so many calls, or those of so many milliseconds. */
export interface WarmUp {
  readonly calls: number
  readonly withinMs?: number
}

/** A peer's server process and client process. */
export interface Pair {
  readonly load: LoadRequest | undefined
  ask(question: Question): Promise<Slice>
  /** Of the server. */
  memory(): Promise<Memory>
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
    const server = start('harness/server-worker', SERVER_CORE, [builtFile(peer.server), peer.variant ?? ''])
    const askServer = () => server.ask<ServerState>('state' satisfies ServerQuestion)
    const memory = () => server.ask<Memory>('memory' satisfies ServerQuestion)
    const { url, load, ca = '' } = await askServer()
    const args = [builtFile(peer.client), url, peer.variant ?? '', ca]
    const client = start('harness/client-worker', LOAD_CORE, args)
    const ask = async (question: Question): Promise<Slice> => {
      const before = await askServer()
      const { figure, done, cpu } = await client.ask<Count & { cpu: number }>(question)
      const after = await askServer()
      return { figure, cpu: { server: (after.cpu - before.cpu) / done, client: cpu / done } }
    }
    return { load, ask, memory, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A pair whose answer has been looked at whole: what is measured looks at its id, or at a sum. */
const openChecked = async (peer: Peer): Promise<Pair> => {
  const pair = await openPair(peer)
  try {
    await pair.ask({ do: 'check' })
    return pair
  } catch (error) {
    await pair.stop()
    throw error
  }
}

export type Lab = ReturnType<typeof openLab>

/** Keeps the pairs of processes of a suite: warm ones from first use to the end, cold ones for one question each. */
export const openLab = (peers: Readonly<Record<string, Peer>>, warmUp: WarmUp) => {
  const pairs = new Map<string, Promise<Pair>>()
  const warmed = new Set<string>()

  const pair = (name: string): Promise<Pair> => {
    const known = pairs.get(name) ?? openChecked(peers[name]!)
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
    streaming: (name: string, kind: StreamKind, count: number, atOnce: number) =>
      warm(name, { do: 'stream', kind, count, atOnce, ms: STREAM_WARM_UP }),
    /** Asks a pair of processes that were started for this question and end after it. */
    cold: async (name: string, question: Question): Promise<Slice> => {
      const it = await openPair(peers[name]!)
      try {
        return await it.ask(question)
      } finally {
        await it.stop()
      }
    },
    /** Octets of memory that each of so many idle connections takes in a server which was started for this question. */
    idle: async (name: string, connections: number): Promise<Slice> => {
      const it = await openPair(peers[name]!)
      try {
        // The first ones pay for what is made once: compiled code, pools.
        await it.ask({ do: 'open', connections: IDLE_WARM_UP })
        const before = await it.memory()
        await it.ask({ do: 'open', connections })
        const after = await it.memory()
        const opened = after.sockets - before.sockets
        if (opened !== connections)
          throw new Error(`the server has ${opened} connections, not ${connections}`)
        return { figure: (after.used - before.used) / connections }
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
