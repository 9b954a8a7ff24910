import { H2LOAD } from '../harness/h2load.ts'
import { capacityHttp2, firstCalls, latency, rate, stream } from '../harness/measures.ts'
import type { Peer } from '../harness/peer.ts'
import type { WireSuite } from '../harness/wire-suite.ts'

const peer = (folder: string, title: string, variant?: string): Peer => ({
  title,
  server: `grpc/${folder}/server`,
  client: `grpc/${folder}/client`,
  ...(variant !== undefined && { variant }),
})

/** gRPC: ours with all that it has, beside those that check nothing and send no metadata. */
export const grpc: WireSuite = {
  peers: {
    ours: peer('ours', 'microapi-ts, all on'),
    'ours-json': peer('ours', 'microapi-ts, all on, JSON', 'json'),
    'ours-tls': peer('ours', 'microapi-ts, all on, TLS', 'tls'),
    'ours-node': peer('ours', 'microapi-ts, all on, node:http2', 'node'),
    node: peer('node', 'frames by hand, node:http2'),
    'grpc-js': peer('grpc-js', 'grpc-js'),
    'grpc-js-json': peer('grpc-js', 'grpc-js, JSON', 'json'),
    'grpc-js-tls': peer('grpc-js', 'grpc-js, TLS', 'tls'),
    'nice-grpc': peer('nice-grpc', 'nice-grpc'),
    connect: peer('connect', 'Connect, gRPC transport'),
  },
  rows: [
    {
      title: 'server, h2load -c8 -m16',
      unit: 'calls/s',
      measure: capacityHttp2(8, 16),
      needs: H2LOAD,
      peers: ['ours', 'node', 'grpc-js'],
      goals: { 'grpc-js': { atLeast: 5 } },
    },
    {
      title: 'own client, 64 calls in flight',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours', 'node', 'grpc-js', 'nice-grpc', 'connect'],
      goals: { 'grpc-js': { atLeast: 6 } },
    },
    {
      title: 'the same with JSON messages',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours-json', 'grpc-js-json'],
      ours: 'ours-json',
      goals: { 'grpc-js-json': { atLeast: 6 } },
    },
    {
      title: 'the same over TLS',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours-tls', 'grpc-js-tls'],
      ours: 'ours-tls',
      goals: { 'grpc-js-tls': { atLeast: 6 } },
    },
    {
      title: 'the same on the engine node:http2',
      unit: 'calls/s',
      measure: rate(64),
      peers: ['ours-node', 'node', 'grpc-js'],
      ours: 'ours-node',
      goals: { 'grpc-js': { atLeast: 1.5 } },
    },
    {
      title: 'one call at a time, p50',
      unit: 'µs',
      measure: latency,
      peers: ['ours', 'node', 'grpc-js'],
      goals: { 'grpc-js': { atMost: 0.55 } },
    },
    {
      title: 'first 1,000 calls, fresh processes',
      unit: 'calls/s',
      measure: firstCalls(1_000),
      peers: ['ours', 'grpc-js'],
      goals: { 'grpc-js': { atLeast: 3 } },
    },
    {
      title: 'server stream, 10,000 items',
      unit: 'items/s',
      measure: stream('serverStream', 10_000),
      peers: ['ours', 'node', 'grpc-js', 'nice-grpc', 'connect'],
      goals: { 'grpc-js': { atLeast: 6 } },
    },
    {
      title: 'client stream, 10,000 items',
      unit: 'items/s',
      measure: stream('clientStream', 10_000),
      peers: ['ours', 'node', 'grpc-js', 'nice-grpc', 'connect'],
      goals: { 'grpc-js': { atLeast: 6 } },
    },
    {
      title: 'server streams of 100, 64 at once',
      unit: 'items/s',
      measure: stream('serverStream', 100, 64),
      peers: ['ours', 'node', 'grpc-js'],
      goals: {},
    },
    {
      title: 'two-way stream, message by message',
      unit: 'turns/s',
      measure: stream('bidiStream', 500),
      peers: ['ours', 'node', 'grpc-js'],
      goals: {},
    },
    {
      title: 'two-way streams, 64 at once',
      unit: 'turns/s',
      measure: stream('bidiStream', 100, 64),
      peers: ['ours', 'node', 'grpc-js'],
      goals: {},
    },
  ],
}
