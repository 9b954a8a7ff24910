import { grpc } from 'microapi-ts/grpc'
import { transportHarness } from 'microapi-ts/testing'
import { conformance } from './conformance.ts'

const engine = 'node:http2'
const link = (codec: 'auto' | 'json') => () => ({
  server: grpc({ port: 0, engine }),
  client: (url: string) => grpc({ port: Number(new URL(url).port), engine, codec }),
})
const cannot = {
  'one message to a method that takes a stream is refused': 'on gRPC one message is a stream of one',
}

conformance(transportHarness('gRPC, JSON, on node:http2', link('json'), cannot))
conformance(transportHarness('gRPC, protobuf, on node:http2', link('auto'), cannot))
