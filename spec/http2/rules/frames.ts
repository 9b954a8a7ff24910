import { errorCodes, errorName, type Http2ErrorCode } from '../../../lib/http2/error.ts'

// Frames by hand, right or wrong as a spec wants them: RFC 9113 §4 and §6, independent of what lib writes.

/** How a frame is built. */
export interface Built {
  /** END_STREAM. */
  readonly end?: boolean
  /** PADDED, with so many octets behind the content. */
  readonly pad?: number
  /** Without END_HEADERS: CONTINUATION follows. */
  readonly more?: boolean
  /** With the fields of a priority: the stream that this one depends on. */
  readonly dependsOn?: number
}

/** What the engine wrote. */
export interface Frame {
  readonly type: string
  readonly flags: number
  readonly id: number
  readonly payload: Buffer
  /** On the frame that completes a header block: what it stands for. */
  readonly fields: readonly string[] | undefined
  /** The block itself, in octets. */
  readonly block: Buffer | undefined
  readonly neverIndexed: readonly string[]
}

const types = 'DATA HEADERS PRIORITY RST_STREAM SETTINGS PUSH_PROMISE PING GOAWAY WINDOW_UPDATE CONTINUATION'
export const typeNames = types.split(' ')
const settingNames = [
  '',
  'headerTableSize',
  'enablePush',
  'maxConcurrentStreams',
  'initialWindowSize',
  'maxFrameSize',
  'maxHeaderListSize',
]

/** Settings by name, or pairs of numbers. */
export type Values = Readonly<Record<string, number>> | readonly (readonly [id: number, value: number])[]

/** A frame of any kind; a number stands for so many octets. */
export function frame(
  type: number,
  flags: number,
  id: number,
  payload: Uint8Array | string | number = '',
): Buffer {
  const body = typeof payload === 'number' ? Buffer.alloc(payload, 'a') : Buffer.from(payload as string)
  const head = Buffer.alloc(9)
  head.writeUIntBE(body.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(id >>> 0, 5)
  return Buffer.concat([head, body])
}

function padded(content: Uint8Array, pad: number | undefined): Buffer {
  return pad === undefined
    ? Buffer.from(content)
    : Buffer.concat([Buffer.of(pad), content, Buffer.alloc(pad)])
}

export function data(id: number, content: string | number = 0, { end, pad }: Built = {}): Buffer {
  const octets = typeof content === 'number' ? Buffer.alloc(content, 'a') : Buffer.from(content)
  return frame(0, (end ? 1 : 0) | (pad === undefined ? 0 : 8), id, padded(octets, pad))
}

/** HEADERS with a block, or with fields that no table takes. */
export function headers(id: number, what: Uint8Array | readonly string[], built: Built = {}): Buffer {
  const { end, pad, more, dependsOn } = built
  const block = what instanceof Uint8Array ? what : literals(what)
  const priority = dependsOn === undefined ? Buffer.alloc(0) : Buffer.concat([word(dependsOn), Buffer.of(15)])
  const flags =
    (end ? 1 : 0) | (more ? 0 : 4) | (pad === undefined ? 0 : 8) | (dependsOn === undefined ? 0 : 0x20)
  return frame(1, flags, id, padded(Buffer.concat([priority, block]), pad))
}

export const continuation = (id: number, block: Uint8Array, { more }: Built = {}): Buffer =>
  frame(9, more ? 0 : 4, id, block)

export const priority = (id: number, dependsOn = 0): Buffer =>
  frame(2, 0, id, Buffer.concat([word(dependsOn), Buffer.of(15)]))

export const reset = (id: number, code: Http2ErrorCode | number = 'CANCEL'): Buffer =>
  frame(3, 0, id, word(typeof code === 'number' ? code : errorCodes[code]))

export function settings(values: Values = {}): Buffer {
  const pairs = isPairs(values)
    ? values
    : Object.entries(values).map(([name, value]) => [settingNames.indexOf(name), value] as const)
  return frame(
    4,
    0,
    0,
    Buffer.concat(pairs.map(([id, value]) => Buffer.concat([Buffer.of(id >> 8, id), word(value)]))),
  )
}

function isPairs(values: Values): values is readonly (readonly [number, number])[] {
  return Array.isArray(values)
}

export const settingsAck = (): Buffer => frame(4, 1, 0)

export const ping = (octets: string, ack = false): Buffer => frame(6, ack ? 1 : 0, 0, octets)

export const goaway = (last: number, code: Http2ErrorCode | number = 'NO_ERROR', said = ''): Buffer =>
  frame(
    7,
    0,
    0,
    Buffer.concat([word(last), word(typeof code === 'number' ? code : errorCodes[code]), Buffer.from(said)]),
  )

export const windowUpdate = (id: number, more: number): Buffer => frame(8, 0, id, word(more))

/** A 32-bit number. */
function word(value: number): Buffer {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value >>> 0)
  return octets
}

/** Fields as literals that touch no table, whatever they hold. */
export function literals(fields: readonly string[]): Buffer {
  const parts: Buffer[] = []
  for (let i = 0; i < fields.length; i += 2) parts.push(literal(fields[i]!, fields[i + 1]!))
  return Buffer.concat(parts)
}

/** One field: without indexing, put into the table, or never to be indexed (RFC 7541 §6.2). */
export function literal(name: string, value: string, kind: 'plain' | 'indexed' | 'never' = 'plain'): Buffer {
  const first = { plain: 0, indexed: 0x40, never: 0x10 }[kind]
  return Buffer.concat([Buffer.of(first), text(name), text(value)])
}

function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1')
  return Buffer.concat([integer(0, 0x7f, octets.length), octets])
}

/** A reference to a table's entry; 62 is the newest dynamic one. */
export const indexed = (index: number): Buffer => integer(0x80, 0x7f, index)

/** A size update, RFC 7541 §6.3. */
export const sizeUpdate = (size: number): Buffer => integer(0x20, 0x1f, size)

function integer(pattern: number, mask: number, value: number): Buffer {
  if (value < mask) return Buffer.of(pattern | value)
  const octets = [pattern | mask]
  let rest = value - mask
  for (; rest >= 128; rest >>>= 7) octets.push(128 | (rest & 127))
  return Buffer.of(...octets, rest)
}

/** A frame in a line: `DATA 1 5 end`, `RST_STREAM 1 CANCEL`. */
export function describeFrame({ type, flags, id, payload, fields }: Frame): string {
  const end = (flags & 1) !== 0 ? ' end' : ''
  const shown = fields ? fields.map((part, i) => (i % 2 === 0 ? ` ${part}=` : part)).join('') : ' …'
  switch (type) {
    case 'DATA':
      return `DATA ${id} ${payload.length}${end}`
    case 'HEADERS':
    case 'CONTINUATION':
      return `${type} ${id}${shown}${type === 'HEADERS' ? end : ''}`
    case 'RST_STREAM':
      return `RST_STREAM ${id} ${errorName(payload.readUInt32BE())}`
    case 'SETTINGS':
      return `SETTINGS${flags === 1 ? ' ack' : describeSettings(payload)}`
    case 'PING':
      return `PING${flags === 1 ? ' ack' : ''} ${payload.toString('latin1')}`
    case 'GOAWAY':
      return `GOAWAY ${payload.readUInt32BE()} ${errorName(payload.readUInt32BE(4))}`
    case 'WINDOW_UPDATE':
      return `WINDOW_UPDATE ${id} ${payload.readUInt32BE()}`
    default:
      return `${type} ${id} ${payload.toString('hex')}`
  }
}

function describeSettings(payload: Buffer): string {
  let shown = ''
  for (let at = 0; at < payload.length; at += 6)
    shown += ` ${settingNames[payload.readUInt16BE(at)]}=${payload.readUInt32BE(at + 2)}`
  return shown
}
