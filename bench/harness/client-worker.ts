import { pathToFileURL } from 'node:url'
import { loadFor } from './capacity.ts'
import { loadHttp2For } from './h2load.ts'
import { callFor, callMany, checkAnswers, latency, openMany, streamFor } from './load.ts'
import type { ClientModule, LoadRequest, PeerClient, StreamKind } from './peer.ts'
import { answerParent } from './processes.ts'
import { cpuTime, type Count } from './slice.ts'

/** What a client process can be asked; times in milliseconds. */
export type Question =
  | { do: 'check' }
  | { do: 'calls'; calls: number; inFlight: number; withinMs?: number }
  | { do: 'rate'; ms: number; inFlight: number }
  | { do: 'latency'; ms: number }
  | { do: 'stream'; kind: StreamKind; count: number; atOnce: number; ms: number }
  | { do: 'open'; connections: number }
  | { do: 'capacity'; load: LoadRequest; connections: number; ms: number }
  | { do: 'capacityHttp2'; load: LoadRequest; connections: number; streams: number; ms: number }

const [, , file, url, variant, ca] = process.argv
const loaded = import(pathToFileURL(file!).href) as Promise<ClientModule>
const connect = async (): Promise<PeerClient> =>
  (await loaded).createClient(url!, variant || undefined, ca || undefined)
const connected = connect()
/** Connections that stay open until this process ends. */
const idle: PeerClient[] = []

const measure = (client: PeerClient, question: Question): Promise<Count> => {
  switch (question.do) {
    case 'check':
      return checkAnswers(client)
    case 'calls':
      return callMany(client, question.calls, question.inFlight, question.withinMs)
    case 'rate':
      return callFor(client, question.ms, question.inFlight)
    case 'latency':
      return latency(client, question.ms)
    case 'stream':
      return streamFor(client, question.kind, question)
    case 'open':
      return openMany(connect, question.connections, idle)
    case 'capacity':
      return loadFor(url!, question.load, question.connections, question.ms)
    case 'capacityHttp2':
      return loadHttp2For(url!, question.load, question)
  }
}

/** What was counted, and the processor time in microseconds that this process used for it. */
answerParent(async (question: Question): Promise<Count & { cpu: number }> => {
  const client = await connected
  const start = cpuTime()
  const count = await measure(client, question)
  return { ...count, cpu: cpuTime() - start }
})
