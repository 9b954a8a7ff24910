import { capacity, firstCalls, latency, rate, stream } from '../harness/measures.ts'
import type { WireSuite } from '../harness/wire-suite.ts'

const trpc = { server: 'http/trpc/server', client: 'http/trpc/client' }
const orpc = { server: 'http/orpc/server', client: 'http/orpc/client' }

/** HTTP: ours beside the raw limit, the framework below us and the two best-known typed clients. */
export const http: WireSuite = {
  peers: {
    ours: { title: 'microapi-ts', server: 'http/ours/server', client: 'http/ours/client' },
    bare: { title: 'node:http, undici.request', server: 'http/bare/server', client: 'http/bare/client' },
    fastify: { title: 'fastify, undici.request', server: 'http/fastify/server', client: 'http/bare/client' },
    trpc: { title: 'tRPC httpLink', ...trpc, variant: 'http' },
    'trpc-batch': { title: 'tRPC httpBatchLink', ...trpc, variant: 'batch' },
    'trpc-stream': { title: 'tRPC httpBatchStreamLink', ...trpc, variant: 'stream' },
    orpc: { title: 'oRPC RPCLink', ...orpc },
    'orpc-batch': { title: 'oRPC RPCLink, batching', ...orpc, variant: 'batch' },
  },
  rows: [
    {
      title: 'server, autocannon, 64 connections',
      unit: 'calls/s',
      measure: capacity,
      peers: ['ours', 'fastify', 'bare'],
      goals: { fastify: { atLeast: 0.9 } },
    },
    {
      title: 'own client, 64 calls in flight',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours', 'bare', 'fastify', 'trpc', 'trpc-batch', 'orpc', 'orpc-batch'],
      goals: {
        bare: { atLeast: 0.85 },
        trpc: { atLeast: 6 },
        'trpc-batch': { atLeast: 3 },
        orpc: { atLeast: 6 },
      },
    },
    {
      title: 'one call at a time, p50',
      unit: 'µs',
      measure: latency,
      peers: ['ours', 'bare', 'trpc', 'orpc'],
      goals: { bare: { atMost: 1.2 } },
    },
    {
      title: 'first 1,000 calls, fresh processes',
      unit: 'calls/s',
      measure: firstCalls(1_000),
      peers: ['ours', 'bare', 'trpc', 'trpc-batch'],
      goals: { trpc: { atLeast: 2 } },
    },
    {
      title: 'server stream, 10,000 items',
      unit: 'items/s',
      measure: stream('serverStream', 10_000),
      peers: ['ours', 'bare', 'fastify', 'trpc-stream', 'orpc'],
      goals: { bare: { atLeast: 0.6 } },
    },
    {
      title: 'client stream, 10,000 items',
      unit: 'items/s',
      measure: stream('clientStream', 10_000),
      peers: ['ours', 'bare', 'fastify'],
      goals: { bare: { atLeast: 0.5 } },
    },
  ],
}
