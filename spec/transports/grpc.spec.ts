import { grpc } from 'microapi-ts/grpc'
import { transportHarness } from 'microapi-ts/testing'
import { conformance } from './conformance.ts'

const link = () => ({
  server: grpc({ port: 0 }),
  client: (url: string) => grpc({ port: Number(new URL(url).port) }),
})

conformance(
  transportHarness('gRPC, JSON', link, {
    'one message to a method that takes a stream is refused': 'on gRPC one message is a stream of one',
  }),
)
