import { capacityHttp2, firstCalls, latency, rate, stream } from '../harness/measures.ts'
import { H2LOAD } from '../harness/h2load.ts'
import type { WireSuite } from '../harness/wire-suite.ts'

/** HTTP/2: an engine of our own beside node:http2, and beside what a bare socket could do at best. */
export const http2: WireSuite = {
  peers: {
    ours: { title: 'microapi-ts/http2', server: 'http2/ours/server', client: 'http2/ours/client' },
    'ours-tls': {
      title: 'microapi-ts/http2, TLS',
      server: 'http2/ours-tls/server',
      client: 'http2/ours-tls/client',
    },
    node: { title: 'node:http2', server: 'http2/node/server', client: 'http2/node/client' },
    'node-tls': {
      title: 'node:http2, TLS',
      server: 'http2/node-tls/server',
      client: 'http2/node-tls/client',
    },
    tcp: { title: 'length and JSON, net.Socket', server: 'http2/tcp/server', client: 'http2/tcp/client' },
  },
  rows: [
    {
      title: 'server, h2load -c8 -m16',
      unit: 'calls/s',
      measure: capacityHttp2(8, 16),
      needs: H2LOAD,
      peers: ['ours', 'node'],
      goals: { node: { atLeast: 5 } },
    },
    {
      title: 'own client, 64 calls in flight',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours', 'node', 'tcp'],
      goals: { node: { atLeast: 8 }, tcp: { atLeast: 0.6 } },
    },
    {
      title: 'the same over TLS',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours', 'ours-tls', 'node-tls'],
      // Ours without TLS divided by ours with it: TLS may take a fifth.
      goals: { 'ours-tls': { atMost: 1.25 } },
    },
    {
      title: 'one call at a time, p50',
      unit: 'µs',
      measure: latency,
      peers: ['ours', 'node', 'tcp'],
      goals: { node: { atMost: 0.6 } },
    },
    {
      title: 'first 1,000 calls, fresh processes',
      unit: 'calls/s',
      measure: firstCalls(1_000),
      peers: ['ours', 'node', 'tcp'],
      goals: {},
    },
    {
      title: 'server stream, 10,000 items',
      unit: 'items/s',
      measure: stream('serverStream', 10_000),
      peers: ['ours', 'node'],
      goals: { node: { atLeast: 1.3 } },
    },
    {
      title: 'client stream, 10,000 items',
      unit: 'items/s',
      measure: stream('clientStream', 10_000),
      peers: ['ours', 'node'],
      goals: { node: { atLeast: 1.3 } },
    },
  ],
}
