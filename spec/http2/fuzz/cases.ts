import { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'
import { frameHead, leastMaxFrameSize, preface } from '../../../lib/http2/protocol.ts'
import { frameOctets, settingsPayload, words, type Frame } from '../simulation/frames.ts'
import { Random } from '../simulation/random.ts'
import { damageFrames, type DamagedFrame } from './mutate.ts'

/** A damaged connection, and its frames as they are on the wire. */
export interface Case {
  readonly octets: Buffer
  readonly frames: readonly DamagedFrame[]
}

/** The last request, which a server that lives answers. */
export const probe = 1_001

const get = [':method', 'GET', ':scheme', 'http', ':path', '/', ':authority', 'x']
const post = [':method', 'POST', ':scheme', 'http', ':path', '/p', ':authority', 'x', 'x-a', 'b']

function encoded(fields: readonly string[], index = false): Buffer {
  const encoder = new HpackEncoder()
  const out = Buffer.alloc(encoder.bound(fields))
  return out.subarray(0, encoder.encode(fields, out, 0, index))
}

/** A client that does a bit of everything, by the rules. */
function conversation(): Frame[] {
  const long = encoded([...post, 'x-long', 'l'.repeat(200)])
  return [
    { type: 4, flags: 0, id: 0, payload: settingsPayload(3, 100, 4, 70_000) },
    { type: 4, flags: 1, id: 0, payload: Buffer.alloc(0) },
    { type: 8, flags: 0, id: 0, payload: words(100_000) },
    { type: 1, flags: 5, id: 1, payload: encoded(get, true) },
    { type: 1, flags: 4, id: 3, payload: encoded(post) },
    { type: 0, flags: 0, id: 3, payload: Buffer.alloc(100, 'a') },
    {
      type: 0,
      flags: 9,
      id: 3,
      payload: Buffer.concat([Buffer.from([5]), Buffer.alloc(30, 'b'), Buffer.alloc(5)]),
    },
    { type: 6, flags: 0, id: 0, payload: Buffer.alloc(8, 7) },
    { type: 1, flags: 0, id: 5, payload: long.subarray(0, 100) },
    { type: 9, flags: 4, id: 5, payload: long.subarray(100) },
    { type: 8, flags: 0, id: 5, payload: words(1_000) },
    { type: 0, flags: 0, id: 5, payload: Buffer.alloc(10, 'c') },
    { type: 1, flags: 5, id: 5, payload: encoded(['x-sum', '1']) },
    {
      type: 1,
      flags: 0x2c,
      id: 7,
      payload: Buffer.concat([
        Buffer.from([3, 0, 0, 0, 5, 9]),
        encoded([...post, 'content-length', '4']),
        Buffer.alloc(3),
      ]),
    },
    { type: 0, flags: 1, id: 7, payload: Buffer.from('four') },
    { type: 2, flags: 0, id: 9, payload: Buffer.from([0, 0, 0, 7, 1]) },
    { type: 1, flags: 4, id: 9, payload: encoded(post) },
    { type: 3, flags: 0, id: 9, payload: words(8) },
    { type: 0x20, flags: 3, id: 3, payload: Buffer.alloc(5) },
    { type: 1, flags: 4, id: 11, payload: encoded(post) },
    { type: 0, flags: 1, id: 11, payload: Buffer.alloc(0) },
  ]
}

/** Damages a connection by a seed, so that a server cannot but answer or end it: its frames stay whole. */
export function makeCase(seed: number): Case {
  const random = new Random(seed)
  const list: DamagedFrame[] = conversation()
  for (let times = random.pick([1, 1, 1, 2, 3]); times > 0; times--)
    damageFrames(random, list, conversation())
  // Ids behind the last request's would make that one a mistake.
  const frames = list.filter(
    ({ id, payload }) => (id & 0x7fff_ffff) < probe && payload.length <= leastMaxFrameSize,
  )
  const octets = Buffer.concat(frames.map((frame) => frameOctets(frame, frame.length)))
  const last = frameOctets({ type: 1, flags: 5, id: probe, payload: encoded(get) })
  return { octets: Buffer.concat([preface, octets, filling(octets), last]), frames }
}

/** What a last frame lacks that claims more than there is. */
function filling(octets: Buffer): Buffer {
  let at = 0
  while (octets.length - at >= frameHead) {
    const length = octets.readUIntBE(at, 3)
    if (length > leastMaxFrameSize) return Buffer.alloc(0)
    at += frameHead + length
  }
  if (at >= octets.length) return Buffer.alloc(at - octets.length)
  // A piece of a head: it becomes that of an empty frame of an unknown type.
  const rest = octets.subarray(at)
  const head = Buffer.concat([rest, Buffer.from([0, 0, 0, 0xf0, 0, 0, 0, 0, 0]).subarray(rest.length)])
  return Buffer.concat([
    head.subarray(rest.length),
    Buffer.alloc(Math.min(head.readUIntBE(0, 3), leastMaxFrameSize)),
  ])
}
