import { once } from 'node:events'
import type { Http2Stream } from 'node:http2'
import protobuf from 'protobufjs'
import type { Codec } from '../protobuf.ts'

/** A message's head: whether it is packed, and the four octets of its length. */
const HEAD = 5
const CHUNK = 16 * 1024
/** Octets that may wait in a stream. */
const AHEAD = 128 * 1024

/** A message in its frame: the head's place is written first, so that nothing is copied. */
export const frameOf = <Message>({ encode }: Codec<Message>, message: Message): Uint8Array => {
  const writer = protobuf.Writer.create()
  for (let i = 0; i < HEAD; i++) writer.uint32(0)
  const frame = encode(message, writer).finish()
  const length = frame.length - HEAD
  frame[1] = length >>> 24
  frame[2] = length >>> 16
  frame[3] = length >>> 8
  frame[4] = length
  return frame
}

/** Hands out each whole message of the chunks that it is given; what is cut off waits for the next one. */
export const frameReader = <Message>({ decode }: Codec<Message>, take: (message: Message) => void) => {
  let rest: Buffer | undefined
  return (chunk: Buffer): void => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    let at = 0
    while (bytes.length - at >= HEAD) {
      const end = at + HEAD + bytes.readUInt32BE(at + 1)
      if (end > bytes.length) break
      take(decode(bytes.subarray(at + HEAD, end)))
      at = end
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined
  }
}

/** Writes messages in chunks as fast as the peer takes them, and ends the stream. */
export const writeAll = async <Message>(
  stream: Http2Stream,
  codec: Codec<Message>,
  messages: Iterable<Message>,
): Promise<void> => {
  let frames: Uint8Array[] = []
  let size = 0
  for (const message of messages) {
    const frame = frameOf(codec, message)
    frames.push(frame)
    size += frame.length
    if (size < CHUNK) continue
    stream.write(Buffer.concat(frames, size))
    frames = []
    size = 0
    if (stream.writableLength > AHEAD) await once(stream, 'drain')
  }
  stream.end(Buffer.concat(frames, size))
}
