import { expect } from 'vitest'
import { Connection } from '../../lib/http2/connection.ts'
import type { Http2Error } from '../../lib/http2/error.ts'
import { HpackDecoder } from '../../lib/http2/hpack/decoder.ts'
import type { RequestOptions } from '../../lib/http2/open-stream.ts'
import type { Http2Options } from '../../lib/http2/options.ts'
import type { HeaderInit } from '../../lib/http2/sent-headers.ts'
import type { ConnectionListener } from '../../lib/http2/state.ts'
import type { StreamListener } from '../../lib/http2/stream-face.ts'
import type { Stream } from '../../lib/http2/stream.ts'
import { memorySink, type MemorySink } from './memory-sink.ts'
import {
  describeFrame,
  headers,
  settings,
  settingsAck,
  typeNames,
  type Built,
  type Frame,
  type Values,
} from './rules/frames.ts'

export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
export const get: readonly string[] = [':method', 'GET', ':scheme', 'http', ':authority', 'a', ':path', '/']
export const post: readonly string[] = [':method', 'POST', ':scheme', 'http', ':authority', 'a', ':path', '/']
export const ok: readonly string[] = [':status', '200']

/** How a peer begins. */
export interface PeerOptions {
  /** Of the engine. */
  readonly limits?: Http2Options
  /** Of the peer's first SETTINGS. */
  readonly settings?: Values
  /** Without one nothing is sent or taken at first. */
  readonly handshake?: boolean
  /** Whether the peer acknowledges the engine's first SETTINGS; yes by default. */
  readonly acks?: boolean
  /** What a spec does beside listening: on the server's streams, and on those that `request` opens. */
  readonly on?: StreamListener
  readonly onStream?: (stream: Stream) => void
  readonly onConnection?: Partial<ConnectionListener>
  /** Whether what comes is consumed at once; yes by default. */
  readonly consumes?: boolean
}

/** A peer that speaks frames by hand to a connection. */
export interface RawPeer {
  readonly connection: Connection
  readonly sink: MemorySink
  /** The streams that came to the server, in order. */
  readonly streams: readonly Stream[]
  /** What listeners threw. */
  readonly faults: readonly unknown[]
  /** Why the connection ended. */
  readonly error: Http2Error | undefined
  /** Gives octets to the engine, in one piece, and lets it flush. */
  send(...octets: readonly Uint8Array[]): void
  /** The same, cut into pieces of a size. */
  sendCut(size: number, ...octets: readonly Uint8Array[]): void
  /** The frames that the engine wrote since the last look. */
  frames(): Frame[]
  /** The same, a line each. */
  said(): string[]
  /** What its listeners heard since the last look, a line each. */
  heard(): string[]
  /** What became of what was sent: `connection CODE`, `stream 1 CODE`, or `fine`. */
  verdict(): string
  /** Opens a stream of the engine's, as a client. */
  request(init?: HeaderInit, options?: RequestOptions): Stream
}

/** Makes the peer of a connection in that role. The engine's buffers are spoilt behind it: it may not keep them. */
export function peerOf(role: 'server' | 'client', options: PeerOptions = {}): RawPeer {
  const sink = memorySink()
  const streams: Stream[] = []
  const faults: unknown[] = []
  const log: string[] = []
  const decoder = new HpackDecoder(4096)
  /** What our SETTINGS said of the table, until they are acknowledged. */
  const tables: number[][] = []
  let unread = Buffer.alloc(0)
  let block: Buffer[] = []
  let error: Http2Error | undefined
  const listener = listening(log, options.on, options.consumes ?? true)

  const connection = new Connection(
    role,
    sink,
    {
      ...options.onConnection,
      onStream(given) {
        const stream = given as Stream
        log.push(`request ${stream.id} ${stream.headers!.method} ${stream.headers!.path}`)
        streams.push(stream)
        stream.listener = listener
        options.onStream?.(stream)
        options.onConnection?.onStream?.(stream)
      },
      onGoaway(reason) {
        log.push(`goaway ${reason.code}`)
        options.onConnection?.onGoaway?.(reason)
      },
      onClose(reason) {
        error = reason
        log.push(`closed${reason ? ` ${reason.code}` : ''}`)
        options.onConnection?.onClose?.(reason)
      },
      onFault: (fault) => faults.push(fault),
    },
    options.limits,
  )

  function read(type: string, flags: number, id: number, payload: Buffer): Frame {
    expect(payload.length, 'a frame within the limit that we never raised').toBeLessThanOrEqual(16_384)
    const none = { fields: undefined, block: undefined, neverIndexed: [] }
    if (type === 'SETTINGS' && flags === 1)
      for (const size of tables.shift() ?? []) decoder.setMaxTableSize(size)
    if (type !== 'HEADERS' && type !== 'CONTINUATION') return { type, flags, id, payload, ...none }
    block.push(payload)
    if ((flags & 4) === 0) return { type, flags, id, payload, ...none }
    const octets = Buffer.concat(block)
    block = []
    const fields = decoder.decode(octets, 0, octets.length, 1e6, 1e4)
    return { type, flags, id, payload, fields, block: octets, neverIndexed: decoder.neverIndexed ?? [] }
  }

  const peer: RawPeer = {
    connection,
    sink,
    streams,
    faults,
    get error() {
      return error
    },
    send(...octets) {
      const all = Buffer.concat(octets)
      noteTables(all)
      connection.receive(all)
      all.fill(0xaa)
      connection.flush()
    },
    sendCut(size, ...octets) {
      const all = Buffer.concat(octets)
      noteTables(all)
      for (let at = 0; at < all.length; at += size) {
        const piece = Buffer.from(all.subarray(at, at + size))
        connection.receive(piece)
        piece.fill(0xaa)
      }
      connection.flush()
    },
    frames() {
      connection.flush()
      unread = Buffer.concat([unread, sink.take()])
      const frames: Frame[] = []
      if (unread.subarray(0, preface.length).equals(preface)) unread = unread.subarray(preface.length)
      while (unread.length >= 9) {
        const end = 9 + unread.readUIntBE(0, 3)
        expect(unread.length, 'a whole frame').toBeGreaterThanOrEqual(end)
        const type = typeNames[unread[3]!] ?? `type ${unread[3]}`
        frames.push(read(type, unread[4]!, unread.readUInt32BE(5), unread.subarray(9, end)))
        unread = unread.subarray(end)
      }
      expect(unread.length, 'octets behind the last frame').toBe(0)
      return frames
    },
    said: () => peer.frames().map(describeFrame),
    heard: () => log.splice(0),
    verdict() {
      const lines = peer.said()
      const last = lines.findLast((line) => line.startsWith('GOAWAY'))?.split(' ')[2]
      if (last !== undefined && last !== 'NO_ERROR') {
        expect([connection.closed, sink.ended, error?.code, error?.scope]).toEqual([
          true,
          'gracefully',
          last,
          'connection',
        ])
        return `connection ${last}`
      }
      if (connection.closed) return 'closed'
      const resets = lines.filter((line) => line.startsWith('RST_STREAM'))
      return resets.map((line) => line.replace('RST_STREAM', 'stream')).join(', ') || 'fine'
    },
    request: (init = get, { listener: own, ...rest } = {}) =>
      connection.request(init, { ...rest, listener: own ?? listener }),
  }

  // The first setting is number 1, whatever stands around it.
  function noteTables(octets: Buffer): void {
    for (
      let at = octets.subarray(0, preface.length).equals(preface) ? preface.length : 0;
      at + 9 <= octets.length;
    ) {
      const end = at + 9 + octets.readUIntBE(at, 3)
      if (octets[at + 3] === 4 && octets[at + 4] === 0 && end <= octets.length) {
        const sizes: number[] = []
        for (let i = at + 9; i + 6 <= end; i += 6)
          if (octets.readUInt16BE(i) === 1) sizes.push(octets.readUInt32BE(i + 2))
        tables.push(sizes)
      }
      at = end
    }
  }

  connection.start()
  if (options.handshake ?? true) {
    peer.send(...(role === 'server' ? [preface] : []), settings(options.settings))
    if (options.acks ?? true) peer.send(settingsAck())
    peer.frames()
  }
  return peer
}

/** A listener that writes down what it hears, then does what a spec wants. */
function listening(log: string[], on: StreamListener | undefined, consumes: boolean): StreamListener {
  return {
    onHeaders(stream, block) {
      log.push(`headers ${stream.id} ${block.status}`)
      on?.onHeaders?.(stream, block)
    },
    onInterim(stream, block) {
      log.push(`interim ${stream.id} ${block.status}`)
      on?.onInterim?.(stream, block)
    },
    onData(stream, octets) {
      log.push(`data ${stream.id} ${octets.length}`)
      if (consumes) stream.consume(octets.length)
      on?.onData?.(stream, octets)
    },
    onEnd(stream, trailers) {
      log.push(`end ${stream.id}${trailers ? ' with trailers' : ''}`)
      on?.onEnd?.(stream, trailers)
    },
    onDrain(stream) {
      log.push(`drain ${stream.id}`)
      on?.onDrain?.(stream)
    },
    onClose(stream, error) {
      const how =
        error && ` ${error.code}${error.remote ? ' remote' : ''}${error.unprocessed ? ' unprocessed' : ''}`
      log.push(`close ${stream.id}${how ?? ''}`)
      on?.onClose?.(stream, error)
    },
  }
}

/** A request that has ended, as a client sends it. */
export const getRequest = (id: number, built: Built = {}): Buffer => headers(id, get, { end: true, ...built })

/** A request whose body is to come. */
export const postRequest = (id: number, built: Built = {}): Buffer => headers(id, post, built)

/** The headers of a response, as a server sends them. */
export const response = (id: number, built: Built = {}): Buffer => headers(id, ok, built)
