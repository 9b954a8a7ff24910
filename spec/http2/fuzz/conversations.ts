import { Connection } from '../../../lib/http2/connection.ts'
import { preface } from '../../../lib/http2/protocol.ts'
import { headerList } from '../../../lib/http2/sent-headers.ts'
import type { Http2Stream } from '../../../lib/http2/stream-face.ts'
import { memorySink } from '../memory-sink.ts'
import { FrameReader, settingsPayload, words, type Frame } from '../simulation/frames.ts'
import { limits } from './subject.ts'

/** What each side of a good conversation has sent, in frames. */
export interface Conversation {
  readonly client: readonly Frame[]
  readonly server: readonly Frame[]
}

const get = headerList([
  ':method',
  'GET',
  ':scheme',
  'http',
  ':path',
  '/a',
  ':authority',
  'x',
  'accept',
  '*/*',
])
const ok = headerList([':status', '200', 'content-type', 'text/plain', 'x-a', 'b'])

/** Recorded from two engines that talk to each other. */
export function record(size: number): Conversation {
  const sinks = { client: memorySink(), server: memorySink() }
  const readers = { client: new FrameReader(preface.length), server: new FrameReader(0) }
  const frames = { client: [] as Frame[], server: [] as Frame[] }
  const onFault = (error: unknown): never => {
    throw error
  }
  const answer = (stream: Http2Stream): void => {
    stream.listener = {
      onData: (_, octets) => stream.consume(octets.length),
      onEnd() {
        if (stream.id === 5) stream.respond({ ':status': 103, link: '</a>' })
        stream.respond(ok, { end: stream.id === 3, extra: { 'x-id': stream.id } })
        if (stream.id === 3) return
        stream.write(Buffer.alloc(size, 's'))
        if (stream.id === 7) stream.sendTrailers({ 'grpc-status': 0 })
        else stream.end()
      },
    }
  }
  const client = new Connection('client', sinks.client, { onFault }, limits)
  const server = new Connection('server', sinks.server, { onFault, onStream: answer }, limits)
  const talk = (): void => {
    for (let quiet = false; !quiet;) {
      client.flush()
      const up = sinks.client.take()
      frames.client.push(...readers.client.read(up))
      server.receive(up)
      server.flush()
      const down = sinks.server.take()
      frames.server.push(...readers.server.read(down))
      client.receive(down)
      quiet = up.length + down.length === 0
    }
  }
  client.start()
  server.start()
  talk()
  client.request(get, { end: true })
  talk()
  client.request(get, { end: true, extra: { cookie: 'a=b', authorization: 'secret' } })
  client.request(get).end(Buffer.alloc(size, 'c'))
  client.ping(() => {})
  talk()
  const stream = client.request({
    ':method': 'POST',
    ':scheme': 'http',
    ':path': '/b',
    'x-long': 'l'.repeat(600),
  })
  stream.write(Buffer.alloc(size, 'c'))
  talk()
  server.ping(() => {})
  client.update({ headerTableSize: 100, streamWindow: 30_000 })
  server.update({ headerTableSize: 0 })
  stream.sendTrailers({ 'x-sum': '1' })
  talk()
  client.request(get).reset()
  client.request(get, { end: true })
  talk()
  return frames
}

const block = Buffer.from([0x82, 0x86, 0x84, 0x41, 0x01, 0x78])

/** Frames of every type, good ones and such as no engine of ours sends. */
export const strays: readonly Frame[] = [
  ...[0, 1, 0x7fff_ffff, 0x8000_0000].map((more) => ({ type: 8, flags: 0, id: 0, payload: words(more) })),
  ...[0, 1, 0x7fff_ffff].map((more) => ({ type: 8, flags: 0, id: 1, payload: words(more) })),
  ...[0, 1, 8, 99].map((code) => ({ type: 3, flags: 0, id: 1, payload: words(code) })),
  { type: 4, flags: 0, id: 0, payload: settingsPayload(4, 0) },
  { type: 4, flags: 0, id: 0, payload: settingsPayload(4, 0x7fff_ffff) },
  { type: 4, flags: 0, id: 0, payload: settingsPayload(4, 0x8000_0000) },
  { type: 4, flags: 0, id: 0, payload: settingsPayload(4, 100, 1, 0, 1, 4096) },
  { type: 4, flags: 0, id: 0, payload: settingsPayload(3, 0, 6, 10, 5, 16_384) },
  { type: 4, flags: 0, id: 0, payload: settingsPayload(2, 1, 5, 16_777_215, 99, 1) },
  { type: 4, flags: 1, id: 0, payload: Buffer.alloc(0) },
  { type: 6, flags: 0, id: 0, payload: Buffer.alloc(8, 1) },
  { type: 6, flags: 1, id: 0, payload: Buffer.alloc(8, 2) },
  { type: 7, flags: 0, id: 0, payload: words(0, 0) },
  { type: 7, flags: 0, id: 0, payload: words(0x7fff_ffff, 11) },
  { type: 2, flags: 0, id: 1, payload: Buffer.from([0, 0, 0, 1, 9]) },
  { type: 2, flags: 0, id: 9, payload: Buffer.from([0, 0, 0, 3, 9]) },
  { type: 5, flags: 4, id: 1, payload: Buffer.concat([words(2), block]) },
  { type: 9, flags: 4, id: 1, payload: Buffer.alloc(0) },
  { type: 9, flags: 0, id: 1, payload: block },
  { type: 1, flags: 5, id: 1, payload: block },
  { type: 1, flags: 4, id: 11, payload: block },
  { type: 1, flags: 0, id: 13, payload: block },
  {
    type: 1,
    flags: 0x2c,
    id: 15,
    payload: Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 16]), block, Buffer.alloc(2)]),
  },
  { type: 1, flags: 4, id: 1, payload: Buffer.from([0x88]) },
  { type: 1, flags: 4, id: 3, payload: Buffer.from([0x08, 0x03, 0x31, 0x30, 0x33]) },
  { type: 1, flags: 5, id: 5, payload: Buffer.from([0x00, 0x01, 0x61, 0x01, 0x62]) },
  { type: 1, flags: 5, id: 5, payload: Buffer.from([0x20, 0x3f, 0xe1, 0x1f, 0x88]) },
  { type: 0, flags: 0, id: 1, payload: Buffer.alloc(0) },
  { type: 0, flags: 1, id: 1, payload: Buffer.alloc(100, 'd') },
  { type: 0, flags: 8, id: 3, payload: Buffer.alloc(200, 99) },
  { type: 0, flags: 0, id: 5, payload: Buffer.alloc(16_384) },
  { type: 0xbe, flags: 0xff, id: 7, payload: Buffer.alloc(20) },
]
