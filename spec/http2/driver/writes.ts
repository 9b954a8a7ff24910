import { Socket } from 'node:net'
import { onTestFinished, vi } from 'vitest'

/** One `socket.write`. */
export interface Write {
  readonly socket: Socket
  readonly chunk: Buffer
  /** What it held at that moment. */
  readonly copy: Buffer
}

/** Everything that is written from here on by sockets for which it holds, until the test is over. */
export function watchWrites(ours: (socket: Socket) => boolean): Write[] {
  const writes: Write[] = []
  const write = Socket.prototype.write as (this: Socket, ...args: unknown[]) => boolean
  const spy = vi.spyOn(Socket.prototype, 'write').mockImplementation(function (
    this: Socket,
    ...args: unknown[]
  ) {
    const [chunk] = args
    if (Buffer.isBuffer(chunk) && ours(this)) writes.push({ socket: this, chunk, copy: Buffer.from(chunk) })
    return write.apply(this, args)
  })
  onTestFinished(() => spy.mockRestore())
  return writes
}
