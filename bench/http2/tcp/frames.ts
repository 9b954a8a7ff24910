import type { Socket } from 'node:net'

/** The length of what follows, the number of the call: four bytes each. */
const HEAD = 8
const START = 64 * 1024

/**
 * Joins the messages of a turn in one buffer, which `flush` gives to the socket in one write.
 * The buffer is used again when the kernel took all of it at once.
 */
export const frameWriter = (socket: Socket) => {
  let buffer = Buffer.allocUnsafe(START)
  let used = 0
  const flush = (): void => {
    if (used === 0) return
    socket.write(buffer.subarray(0, used))
    if (socket.writableLength > 0) buffer = Buffer.allocUnsafe(START)
    used = 0
  }
  return {
    add: (call: number, text: string): void => {
      // A UTF-16 unit is at most three bytes.
      const most = HEAD + text.length * 3
      if (used + most > buffer.length) {
        flush()
        if (most > buffer.length) buffer = Buffer.allocUnsafe(most)
      }
      const length = buffer.write(text, used + HEAD)
      buffer.writeUInt32BE(length, used)
      buffer.writeUInt32BE(call, used + 4)
      used += HEAD + length
    },
    flush,
  }
}

/** Hands out each whole message of the chunks that it is given; what is cut off waits for the next one. */
export const frameReader = (take: (call: number, text: string) => void) => {
  let rest: Buffer | undefined
  return (chunk: Buffer): void => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk
    let at = 0
    while (bytes.length - at >= HEAD) {
      const end = at + HEAD + bytes.readUInt32BE(at)
      if (end > bytes.length) break
      take(bytes.readUInt32BE(at + 4), bytes.toString('utf8', at + HEAD, end))
      at = end
    }
    rest = at < bytes.length ? bytes.subarray(at) : undefined
  }
}
