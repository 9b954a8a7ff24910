import {
  firstWindow,
  flags,
  frameTypes,
  leastMaxFrameSize,
  preface,
  settingIds,
} from '../../../lib/http2/protocol.ts'
import { FrameReader, type Frame } from '../simulation/frames.ts'
import { limits, type Subject } from './subject.ts'

const most31 = 2 ** 31 - 1

/** What must hold after every piece, whatever came. */
export function checkBounds({ connection: c, faults }: Subject): void {
  if (faults.length > 0) throw new Error('onFault', { cause: faults[0] })
  const { incoming, streams, wasReset, decoder, waiting, pings, announced, output } = c
  within('partial frame', incoming.partial?.length ?? 0, leastMaxFrameSize + 9)
  within('header block', incoming.headers?.octets.length ?? 0, 2 * (2 * limits.maxHeaderListSize + 1024))
  within('streams', streams.size, limits.maxConcurrentStreams)
  within('streams that wait', waiting.size, limits.maxConcurrentStreams)
  within('reset streams', wasReset.size, 1_000)
  within('decoding table', decoder.tableSize, 4_096)
  within('encoding table', c.encoder.tableSize, 4_096)
  within('PINGs and SETTINGS of ours', pings.length + announced.length, 1)
  within('octets to be sent', output.at, 33 * 1024)
  within('send window', c.closed ? 0 : c.sendWindow, most31)
}

function within(name: string, value: number, most: number): void {
  if (!(value >= 0 && value <= most)) throw new Error(`${name}: ${value}, at most ${most}`)
}

/** What must hold at the end of the input: the connection has ended with GOAWAY, or it still keeps its books. */
export function checkState(subject: Subject): void {
  const { connection: c } = subject
  if (c.closed !== subject.ended || subject.connectionCloses !== (c.closed ? 1 : 0))
    throw new Error(
      `closed ${c.closed}, the socket ended ${subject.ended}, onClose came ${subject.connectionCloses} times`,
    )
  if (c.closed) return
  let held = 0
  for (const stream of c.streams.all()) {
    held += stream.held
    const { id, closed, remoteEnded, receiveWindow, credit, sendWindow } = stream
    if (closed || (stream.localEnded && remoteEnded)) throw new Error(`stream ${id} is over and in the table`)
    if (!remoteEnded && receiveWindow + credit + stream.held !== c.announcedWindow)
      throw new Error(`stream ${id}: window ${receiveWindow}, credit ${credit}, held ${stream.held}`)
    if (sendWindow > most31) throw new Error(`stream ${id} may send ${sendWindow}`)
    const movable = stream.waiting !== undefined && sendWindow > 0 && c.sendWindow > 0
    if (movable) throw new Error(`stream ${id} could send and does not`)
  }
  if (c.receiveWindow + c.credit + held !== limits.connectionWindow)
    throw new Error(`connection: window ${c.receiveWindow}, credit ${c.credit}, held ${held}`)
  if (c.openByPeer + c.openByUs !== c.streams.size)
    throw new Error(`${c.openByPeer} and ${c.openByUs} of ${c.streams.size} streams`)
}

/** What a peer may expect of the octets that it gets, given what it has sent. */
export function checkOutput(subject: Subject, input: Buffer): void {
  const server = subject.connection.isServer
  const octets = subject.output()
  const reader = new FrameReader(server ? 0 : preface.length)
  const frames = reader.read(octets)
  if (reader.rest.length > 0)
    throw new Error(`the output ends within a frame: ${reader.rest.subarray(0, 9).toString('hex')}`)
  if (subject.connection.closed && frames.at(-1)?.type !== frameTypes.goaway)
    throw new Error('no GOAWAY at the end')
  const allowed = allowedBy(new FrameReader(server ? preface.length : 0).read(input))
  const over = new Map<number, 'ended' | 'reset'>()
  let last = most31
  let plain = 0
  for (const { type, flags: bits, id, payload } of frames) {
    if (payload.length > leastMaxFrameSize) throw new Error(`a frame of ${payload.length} octets`)
    if (type !== frameTypes.data) plain += 9 + payload.length
    if (type === frameTypes.data) allowed.spend(id, payload.length)
    if (type === frameTypes.goaway) {
      const named = payload.readUInt32BE(0)
      if (named > last) throw new Error(`GOAWAY names ${named}, after ${last}`)
      last = named
    }
    if (type === frameTypes.rstStream) over.set(id, 'reset')
    else if (id !== 0) {
      const before = over.get(id)
      if (before === 'reset' || (before === 'ended' && type !== frameTypes.windowUpdate))
        throw new Error(`a frame of type ${type} on stream ${id}, which was ${before}`)
    }
    const ends = type === frameTypes.data || type === frameTypes.headers
    if (ends && (bits & flags.endStream) !== 0) over.set(id, 'ended')
  }
  if (plain > 4 * input.length + 4_096) throw new Error(`${plain} octets beside DATA for ${input.length}`)
}

/** How much DATA such frames allow at most. */
function allowedBy(frames: readonly Frame[]): { spend: (id: number, octets: number) => void } {
  let initial = firstWindow
  const rooms = new Map<number, number>()
  for (const { type, flags: bits, id, payload } of frames) {
    const stream = id & most31
    if (type === frameTypes.windowUpdate && payload.length === 4)
      rooms.set(stream, (rooms.get(stream) ?? 0) + (payload.readUInt32BE(0) & most31))
    if (type !== frameTypes.settings || (bits & flags.ack) !== 0 || payload.length % 6 !== 0) continue
    for (let at = 0; at < payload.length; at += 6)
      if (payload.readUInt16BE(at) === settingIds.initialWindowSize)
        initial = Math.max(initial, payload.readUInt32BE(at + 2))
  }
  const spent = new Map<number, number>()
  const add = (id: number, octets: number, most: number): void => {
    const sum = (spent.get(id) ?? 0) + octets
    spent.set(id, sum)
    if (sum > most) throw new Error(`${sum} octets of DATA on stream ${id}, which may have ${most}`)
  }
  return {
    spend(id, octets) {
      add(0, octets, firstWindow + (rooms.get(0) ?? 0))
      add(id, octets, initial + (rooms.get(id) ?? 0))
    },
  }
}
