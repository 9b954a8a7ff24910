import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import { flags, frameTypes, settingIds } from '../../../lib/http2/protocol.ts'
import type { Frame } from '../simulation/frames.ts'
import type { Verdict } from './peers.ts'

/** How two servers took the same octets. */
export interface Pair {
  readonly ours: Verdict
  readonly node: Verdict
  readonly frames: readonly Frame[]
}

/** A difference that is as it should be. */
interface Allowed {
  readonly because: string
  readonly when: (pair: Pair) => boolean
}

const alive = ({ connection }: Verdict): boolean => connection === 'alive'
const has = (frames: readonly Frame[], wanted: (frame: Frame) => boolean): boolean => frames.some(wanted)
const isAck = ({ flags: bits }: Frame): boolean => (bits & flags.ack) !== 0
const isOddUpdate = ({ type, payload }: Frame): boolean => {
  const more =
    type === frameTypes.windowUpdate && payload.length === 4 ? payload.readUInt32BE(0) & 0x7fff_ffff : 1
  return more === 0 || more > 0x7fff_0000
}

/** Where one connection ends and the other lives. */
export const connectionDifferences: readonly Allowed[] = [
  {
    because:
      'RFC 9113 §5.1.1 and §5.1: an id that is not above the last one, and closed, is a connection error; node ignores it',
    when: ({ ours, node }) => alive(node) && /^HEADERS on stream \d+, behind/.test(ours.reason),
  },
  {
    because:
      'RFC 9113 §6.9.2: SETTINGS that make a window overflow are a connection error; node resets the stream',
    when: ({ ours, node }) => alive(node) && ours.reason.startsWith('INITIAL_WINDOW_SIZE makes the window'),
  },
  {
    because: 'RFC 9113 §10.5: too much of what costs nothing may be answered with ENHANCE_YOUR_CALM',
    when: ({ ours, node }) =>
      alive(node) && ours.connection === 'ENHANCE_YOUR_CALM' && ours.reason.startsWith('too many'),
  },
  {
    because:
      'RFC 9113 §5.1, half-closed (remote): DATA or HEADERS behind the end are a stream error, STREAM_CLOSED; node ends the connection',
    when: ({ ours, node }) =>
      alive(ours) &&
      /^(STREAM_CLOSED|INTERNAL_ERROR)$/.test(node.connection) &&
      Object.values(ours.streams).includes('STREAM_CLOSED'),
  },
  {
    because: 'RFC 7540 §5.3.1: a stream that depends on itself is a stream error; node ends the connection',
    when: ({ ours, node }) => alive(ours) && node.reason === 'depend on itself',
  },
  {
    because: 'RFC 9113 §6.3: PRIORITY of another size than 5 is a stream error; node ends the connection',
    when: ({ ours, node, frames }) =>
      alive(ours) &&
      node.connection === 'FRAME_SIZE_ERROR' &&
      has(frames, ({ type, payload }) => type === frameTypes.priority && payload.length !== 5),
  },
  {
    because:
      'RFC 9113 §6.8: who sends GOAWAY may go on with streams of its own; node closes when those that are open have ended, or at once',
    when: ({ ours, node, frames }) =>
      alive(ours) &&
      /^(closed|INTERNAL_ERROR)$/.test(node.connection) &&
      has(frames, ({ type }) => type === frameTypes.goaway),
  },
  {
    because:
      'RFC 9113 §6.5.3 and §6.7 do not forbid an acknowledgement of nothing; it is counted as a flood. node ends the connection',
    when: ({ ours, node, frames }) =>
      alive(ours) &&
      node.connection === 'INTERNAL_ERROR' &&
      (frames.filter((frame) => frame.type === frameTypes.settings && isAck(frame)).length > 1 ||
        has(frames, (frame) => frame.type === frameTypes.ping && isAck(frame))),
  },
  {
    because:
      'RFC 9113 §6.9: a WINDOW_UPDATE of 0, or of too much, is a stream error, and §5.1 lets it come to a stream that we have answered; node ends the connection',
    when: ({ ours, node, frames }) =>
      alive(ours) &&
      node.connection === 'INTERNAL_ERROR' &&
      (Object.values(ours.streams).includes('FLOW_CONTROL_ERROR') ||
        has(frames, (frame) => idOf(frame) !== 0 && isOddUpdate(frame))),
  },
  {
    because:
      'RFC 9113 §8.1.1 and §5.1: a malformed request is reset, and what comes on its stream behind that is ignored; node ends the connection',
    when: ({ ours, node }) =>
      alive(ours) &&
      /^(INTERNAL_ERROR|STREAM_CLOSED)$/.test(node.connection) &&
      Object.values(ours.streams).includes('PROTOCOL_ERROR'),
  },
]

/** Where both connections live and a stream fares otherwise. */
export const streamDifferences: readonly (Omit<Allowed, 'when'> & {
  readonly when: (pair: Pair, id: number) => boolean
})[] = [
  {
    because:
      'RFC 9113 §6.4: what was answered, or refused, before RST_STREAM came is none of its business; node acts a turn later, and then not',
    when: ({ ours, node, frames }, id) =>
      ours.streams[id] !== undefined &&
      !node.streams[id] &&
      has(frames, (frame) => frame.type === frameTypes.rstStream && idOf(frame) === id),
  },
  {
    because:
      'RFC 9113 §6.9.1 and §6.9.2: the window of a stream that we had answered already does not overflow any more',
    when: ({ ours, node }, id) =>
      ours.streams[id] === 'answered' && node.streams[id] === 'FLOW_CONTROL_ERROR',
  },
  {
    because:
      'RFC 9113 §5.1 and §5.1.1: DATA on a closed stream is STREAM_CLOSED; node ignores it where it never saw the stream, or saw it reset',
    when: ({ ours, node }, id) => ours.streams[id] === 'STREAM_CLOSED' && !node.streams[id],
  },
  {
    because:
      'RFC 9113 §10.5.1: a header list above the limit ends its stream; node drops bad fields before it counts',
    when: ({ ours, node, frames }, id) =>
      ours.streams[id] === 'ENHANCE_YOUR_CALM' &&
      node.streams[id] !== 'answered' &&
      fieldsOf(frames, id).some(isBadName),
  },
  {
    because: 'RFC 9113 §6.5.2: MAX_HEADER_LIST_SIZE was too small for any answer; node ignores it',
    when: ({ ours, node, frames }, id) =>
      ours.streams[id] === 'INTERNAL_ERROR' && node.streams[id] === 'answered' && has(frames, limitsHeaders),
  },
  {
    because:
      'RFC 9113 §8.2.1: a name that is no token in lower case makes the message malformed; node drops the field, or the trailers',
    when: ({ ours, node, frames }, id) =>
      ours.streams[id] === 'PROTOCOL_ERROR' &&
      node.streams[id] === 'answered' &&
      fieldsOf(frames, id).some(isBadName),
  },
  {
    because:
      'RFC 9113 §8.3.1 asks for :authority only where there is one to name; node asks for it, or host, always',
    when: ({ ours, node, frames }, id) => {
      const names = fieldsOf(frames, id).filter((_, i) => i % 2 === 0)
      const named = names.includes(':authority') || names.includes('host')
      return (
        ours.streams[id] === 'answered' && node.streams[id] === 'PROTOCOL_ERROR' && names.length > 0 && !named
      )
    },
  },
]

function idOf({ id }: Frame): number {
  return id & 0x7fff_ffff
}

function limitsHeaders({ type, payload }: Frame): boolean {
  if (type !== frameTypes.settings) return false
  for (let at = 0; at + 6 <= payload.length; at += 6)
    if (payload.readUInt16BE(at) === settingIds.maxHeaderListSize) return true
  return false
}

function isBadName(text: string, i: number): boolean {
  return i % 2 === 0 && !/^:?[!#$%&'*+.^_`|~0-9a-z-]+$/.test(text)
}

/** Names and values of all header blocks on a stream, in one list; what cannot be read is left out. */
function fieldsOf(frames: readonly Frame[], wanted: number): string[] {
  const decoder = new HpackDecoder(4096)
  const fields: string[] = []
  let parts: Buffer[] = []
  for (const frame of frames) {
    if (frame.type !== frameTypes.headers && frame.type !== frameTypes.continuation) continue
    parts.push(frame.type === frameTypes.headers ? blockOf(frame) : frame.payload)
    if ((frame.flags & flags.endHeaders) === 0) continue
    const block = Buffer.concat(parts)
    parts = []
    try {
      const decoded = decoder.decode(block, 0, block.length, 10_000_000, 100_000) ?? []
      if (idOf(frame) === wanted) fields.push(...decoded)
    } catch {
      return fields
    }
  }
  return fields
}

function blockOf({ flags: bits, payload }: Frame): Buffer {
  const padded = (bits & flags.padded) !== 0
  const start = (padded ? 1 : 0) + ((bits & flags.priority) !== 0 ? 5 : 0)
  return payload.subarray(start, payload.length - (padded ? (payload[0] ?? 0) : 0))
}
