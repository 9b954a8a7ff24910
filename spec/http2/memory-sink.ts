import type { Sink } from '../../lib/http2/sink.ts'

/** A sink that keeps what a connection writes; time stands still until a spec moves it. */
export interface MemorySink extends Sink {
  /** What was written since the last call, joined. */
  take(): Buffer
  /** A flush was asked for. */
  readonly awake: boolean
  /** How the connection ended the socket, once it did. */
  readonly ended: 'gracefully' | 'by force' | undefined
  /** Milliseconds. */
  time: number
  /** Octets that are said to be unwritten: 128 KiB and more block DATA. */
  unwritten: number
  paused: boolean
}

/** Makes one. Its buffers are small, so that frames meet their ends. */
export function memorySink(): MemorySink {
  let pieces: Buffer[] = []
  const sink = {
    time: 0,
    unwritten: 0,
    paused: false,
    awake: false,
    ended: undefined as MemorySink['ended'],
    wake() {
      sink.awake = true
    },
    lend: () => Buffer.allocUnsafe(33 * 1024),
    giveBack() {},
    write(buffer: Buffer, length: number) {
      sink.awake = false
      pieces.push(Buffer.from(buffer.subarray(0, length)))
      return buffer
    },
    end(force: boolean) {
      sink.ended = force ? 'by force' : 'gracefully'
    },
    now: () => sink.time,
    take() {
      const all = Buffer.concat(pieces)
      pieces = []
      return all
    },
  }
  return sink
}
