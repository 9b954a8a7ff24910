import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { HpackDecoder } from '../../../lib/http2/hpack/decoder.ts'
import { HpackEncoder } from '../../../lib/http2/hpack/encoder.ts'
import { decode, encode } from './blocks.ts'

const headersFrame = 1
const settingsFrame = 4
const continuationFrame = 9
const known = new Set([headersFrame, settingsFrame, continuationFrame, 2, 6, 8])
const ack = 1
const endStream = 1
const endHeaders = 4
const headerTableSize = 1

/** A header block that the server sent. */
export interface Answer {
  readonly stream: number
  readonly fields: string[]
  readonly neverIndexed: readonly string[]
}

/** A client of header blocks only, on raw frames (RFC 9113 §4.1): what node:http2 says is decoded, and the reverse. */
export class RawPeer {
  readonly encoder: HpackEncoder
  readonly decoder = new HpackDecoder(4096)
  readonly answers: Answer[] = []
  readonly socket: Socket
  #pending = Buffer.alloc(0)
  #block: Buffer[] = []
  // Announced, in order, and not acknowledged.
  #sizes: (number | undefined)[] = [undefined]
  #stream = -1
  readonly #closed = new AbortController()

  constructor(port: number, limit: number) {
    this.encoder = new HpackEncoder(limit)
    this.socket = connect(port, '127.0.0.1')
    this.socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
    this.#send(settingsFrame, 0, 0, Buffer.alloc(0))
    this.socket.on('close', () => this.#closed.abort())
    this.socket.on('data', (chunk: Buffer) => {
      try {
        this.#take(chunk)
      } catch (error) {
        this.socket.destroy(error as Error)
      }
    })
  }

  /** Sends a request without a body; returns its stream. */
  request(fields: readonly string[], index: boolean, sensitive: ReadonlySet<string>): number {
    this.#stream += 2
    const block = encode(this.encoder, fields, index, sensitive)
    this.#send(headersFrame, endStream | endHeaders, this.#stream, block)
    return this.#stream
  }

  /** Announces the size of our decoder's table; it holds from the acknowledgement on. */
  announce(size: number): void {
    const payload = Buffer.alloc(6)
    payload.writeUInt16BE(headerTableSize, 0)
    payload.writeUInt32BE(size, 2)
    this.#sizes.push(size)
    this.#send(settingsFrame, 0, 0, payload)
  }

  /** Waits for the answer number `count`. Throws what was wrong with a block. */
  async answered(count: number): Promise<void> {
    const { signal } = this.#closed
    while (this.answers.length < count) await once(this.socket, 'data', { signal })
  }

  #send(type: number, flags: number, stream: number, payload: Buffer): void {
    const head = Buffer.alloc(9)
    head.writeUIntBE(payload.length, 0, 3)
    head[3] = type
    head[4] = flags
    head.writeUInt32BE(stream, 5)
    this.socket.write(Buffer.concat([head, payload]))
  }

  #take(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk])
    while (this.#pending.length >= 9) {
      const end = 9 + this.#pending.readUIntBE(0, 3)
      if (this.#pending.length < end) return
      const frame = this.#pending.subarray(0, end)
      this.#pending = this.#pending.subarray(end)
      this.#frame(frame[3]!, frame[4]!, frame.readUInt32BE(5), frame.subarray(9))
    }
  }

  #frame(type: number, flags: number, stream: number, payload: Buffer): void {
    if (!known.has(type)) throw new Error(`a frame of type ${type}: ${payload.toString('hex')}`)
    if (type === settingsFrame) this.#settings(flags, payload)
    if (type !== headersFrame && type !== continuationFrame) return
    this.#block.push(payload)
    if ((flags & endHeaders) === 0) return
    const block = Buffer.concat(this.#block.splice(0))
    const fields = decode(this.decoder, block)!
    this.answers.push({ stream, fields, neverIndexed: this.decoder.neverIndexed ?? [] })
  }

  #settings(flags: number, payload: Buffer): void {
    if ((flags & ack) !== 0) {
      const size = this.#sizes.shift()
      if (size !== undefined) this.decoder.setMaxTableSize(size)
      return
    }
    for (let at = 0; at < payload.length; at += 6) {
      if (payload.readUInt16BE(at) === headerTableSize) {
        this.encoder.setPeerTableSize(payload.readUInt32BE(at + 2))
      }
    }
    this.#send(settingsFrame, ack, 0, Buffer.alloc(0))
  }
}
