/** HTTP/2 by hand, for peers that behave as no library does. */
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

export const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
export const types = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
} as const
const endStream = 1
const endHeaders = 4

/** A frame's octets. */
export function frame(type: number, flags = 0, id = 0, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(id, 5)
  return Buffer.concat([head, payload])
}

export const uint32 = (...values: readonly number[]): Buffer =>
  Buffer.concat(
    values.map((value) => {
      const octets = Buffer.alloc(4)
      octets.writeUInt32BE(value)
      return octets
    }),
  )

/** SETTINGS with these, by their numbers. */
export const settings = (values: Readonly<Record<number, number>> = {}): Buffer =>
  frame(
    types.settings,
    0,
    0,
    Buffer.concat(
      Object.entries(values).map(([id, value]) =>
        Buffer.concat([Buffer.from([0, Number(id)]), uint32(value)]),
      ),
    ),
  )

/** To be sent in time, or the server ends the connection. */
export const settingsAck = frame(types.settings, 1)

/** `GET /` or `POST /`, in the words of the static table. */
export const get = (id: number): Buffer =>
  frame(types.headers, endStream | endHeaders, id, Buffer.from([0x82, 0x86, 0x84]))
export const post = (id: number): Buffer =>
  frame(types.headers, endHeaders, id, Buffer.from([0x83, 0x86, 0x84]))

/** One that came. */
export interface Frame {
  readonly type: number
  readonly flags: number
  readonly id: number
  readonly payload: Buffer
}

/** A client's socket in the hands of a test. */
export interface Raw {
  readonly socket: Socket
  readonly frames: readonly Frame[]
  send(...pieces: readonly (Uint8Array | string)[]): void
  /** The first frame for which it holds, that came or comes. */
  until(holds: (frame: Frame) => boolean): Promise<Frame>
  /** The peer has ended or lost the connection. */
  readonly closed: Promise<void>
}

/** Connects, says the preface and SETTINGS, and acknowledges the server's; the test answers what comes. */
export async function rawClient(
  port: number,
  hello: readonly (Uint8Array | string)[] = [preface, settings(), settingsAck],
): Promise<Raw> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  onTestFinished(() => void socket.destroy())
  const frames: Frame[] = []
  const listeners = new Set<() => void>()
  let left = Buffer.alloc(0)
  socket.on('data', (piece) => {
    left = Buffer.concat([left, piece])
    while (left.length >= 9 && left.length >= 9 + left.readUIntBE(0, 3)) {
      const end = 9 + left.readUIntBE(0, 3)
      frames.push({
        type: left[3]!,
        flags: left[4]!,
        id: left.readUInt32BE(5),
        payload: left.subarray(9, end),
      })
      left = left.subarray(end)
    }
    for (const listener of listeners) listener()
  })
  socket.on('error', () => {})
  const closed = new Promise<void>((resolve) => socket.once('end', resolve).once('close', () => resolve()))
  await new Promise((resolve) => socket.once('connect', resolve))
  const send: Raw['send'] = (...pieces) =>
    void socket.write(Buffer.concat(pieces.map((one) => Buffer.from(one))))
  send(...hello)
  return {
    socket,
    frames,
    closed,
    send,
    until: (holds) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = frames.find(holds)
          if (!found) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
      }),
  }
}
