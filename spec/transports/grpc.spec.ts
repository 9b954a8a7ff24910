import { grpc } from 'microapi-ts/grpc'
import { transportHarness } from 'microapi-ts/testing'
import { conformance } from './conformance.ts'

const link = (codec: 'auto' | 'json') => () => ({
  server: grpc({ port: 0 }),
  client: (url: string) => grpc({ port: Number(new URL(url).port), codec }),
})
const cannot = {
  'one message to a method that takes a stream is refused': 'on gRPC one message is a stream of one',
}

conformance(transportHarness('gRPC, JSON', link('json'), cannot))
// A client from a contract speaks protobuf, one from a type JSON.
conformance(transportHarness('gRPC, protobuf', link('auto'), cannot))
