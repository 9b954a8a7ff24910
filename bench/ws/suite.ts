import { firstCalls, idle, latency, rate, stream } from '../harness/measures.ts'
import type { Peer } from '../harness/peer.ts'
import type { WireSuite } from '../harness/wire-suite.ts'

const peer = (folder: string, title: string): Peer => ({
  title,
  server: `ws/${folder}/server`,
  client: `ws/${folder}/client`,
})

/** WebSocket: ours with all that it has, beside the package ws with JSON by hand and two typed clients. */
export const ws: WireSuite = {
  peers: {
    ours: peer('ours', 'microapi-ts, all on'),
    bare: peer('bare', 'ws, JSON by hand'),
    trpc: peer('trpc', 'tRPC wsLink'),
    orpc: peer('orpc', 'oRPC RPCLink'),
  },
  rows: [
    {
      title: 'own client, 64 calls in flight',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours', 'bare', 'trpc', 'orpc'],
      goals: { bare: { atLeast: 0.9 }, trpc: { atLeast: 4 }, orpc: { atLeast: 4 } },
    },
    {
      title: 'one call at a time, p50',
      unit: 'µs',
      measure: latency,
      peers: ['ours', 'bare', 'trpc'],
      goals: { bare: { atMost: 1.2 } },
    },
    {
      title: 'first 1,000 calls, fresh processes',
      unit: 'calls/s',
      measure: firstCalls(1_000),
      peers: ['ours', 'bare', 'trpc'],
      goals: {},
    },
    {
      title: 'server stream, 10,000 items',
      unit: 'items/s',
      measure: stream('serverStream', 10_000),
      peers: ['ours', 'bare', 'trpc', 'orpc'],
      goals: { bare: { atLeast: 2 }, trpc: { atLeast: 5 } },
    },
    {
      title: 'client stream, 10,000 items',
      unit: 'items/s',
      measure: stream('clientStream', 10_000),
      peers: ['ours', 'bare'],
      goals: { bare: { atLeast: 1.5 } },
    },
    {
      title: '1,000 idle connections, heap of each',
      unit: 'octets',
      measure: idle(1_000),
      maxRounds: 3,
      peers: ['ours', 'bare'],
      goals: { bare: { atMostAbove: 3_000 } },
    },
  ],
}
