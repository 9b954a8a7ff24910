import type { EngineName } from '../../../lib/transports/grpc/engine.ts'
import { types } from './raw.ts'

/** What frames HTTP/2: a spec runs over each. */
export const engines: readonly EngineName[] = ['own', 'node:http2']

/** A frame that ends a stream or a connection: its type, its stream and its code. */
export interface Ending {
  readonly type: number
  readonly id: number
  readonly code: number
}

/** What engines answer in ways of their own, and all that may differ between them. */
interface Ways {
  /** What the 101st stream of a client is met with, when 100 is the limit that it was told. */
  readonly tooManyStreams: Ending
  /** What DATA behind END_STREAM is met with. */
  readonly dataBehindEnd: Ending
  /** How a grpc-message of raw UTF-8 with a line break is read. */
  readonly linesOfMessage: (text: string) => string
  /** Whether the connection of a peer that breaks the rules stays until it does not answer a PING. */
  readonly staysDeaf: boolean
}

const isNode20 = process.versions.node.startsWith('20.')
const ends = (code: number): Ending => ({ type: types.goaway, id: 0, code })

export const ways: Readonly<Record<EngineName, Ways>> = {
  own: {
    tooManyStreams: { type: types.reset, id: 201, code: 7 },
    dataBehindEnd: { type: types.reset, id: 1, code: 5 },
    linesOfMessage: (text) => text,
    staysDeaf: false,
  },
  'node:http2': {
    // nghttp2 holds a peer to the number that was announced, before Node hears of the stream, and ends the connection:
    // PROTOCOL_ERROR, which Node 20 turns into INTERNAL_ERROR. Not to announce it would have honest clients refused.
    tooManyStreams: ends(isNode20 ? 2 : 1),
    // An error of the connection in nghttp2, of which no event tells; RFC 9113 §5.4 allows that.
    dataBehindEnd: ends(5),
    // nghttp2 drops fields with characters that RFC 9113 §8.2.1 forbids, and no option of Node's keeps them.
    linesOfMessage: () => '',
    // When nghttp2 has given a session up, Node 20 stops reading from the socket and tells nobody; later ones close it.
    staysDeaf: isNode20,
  },
}

/** Has PINGs find those that {@link Ways.staysDeaf} leaves behind within a test, where there are some. */
export function finding(engine: EngineName) {
  return ways[engine].staysDeaf ? { http2: { idleTimeoutMs: 200, keepAliveTimeoutMs: 200 } } : {}
}
