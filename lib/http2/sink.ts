/** Where a connection's octets go, and what it needs of the world. The socket driver is one; tests have others. */
export interface Sink {
  /** Output waits: call `flush()` on the connection before the turn ends. Asked for once, until it is flushed. */
  wake(): void
  /** A buffer to write into, of 32 KiB at least. */
  lend(): Buffer
  /** Takes a buffer back that nothing reads any more. */
  giveBack(buffer: Buffer): void
  /** Sends `buffer[0, length)`; gives a buffer to go on with, the same if nothing reads it any more. */
  write(buffer: Buffer, length: number): Buffer
  /** Octets that were written and have not left yet. */
  readonly unwritten: number
  /** The peer is not read while it does not read us: what it owes us may be on its way. */
  readonly paused: boolean
  /** Nothing more will be written: end the socket, at once (`force`) or after what was written. */
  end(force: boolean): void
  /** Milliseconds, monotonic. */
  now(): number
}

/** DATA waits on its streams while more than this is unwritten. */
export const writeMark = 128 * 1024
