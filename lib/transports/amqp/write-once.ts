import type { Duplex } from 'node:stream'

/** What is used of the library's connection, which it declares nowhere. */
interface Inner {
  readonly stream?: Duplex
  readonly muxer?: { _readIncoming?: () => void }
}

/**
 * Makes the library write in one go what it gathered in a turn: it writes frame by frame, and without Nagle's algorithm
 * each would be a packet of its own. Nothing is changed where a later version of the library looks otherwise.
 */
export function writeOnce({ connection }: { readonly connection: object }): void {
  const { stream, muxer } = connection as Inner
  const write = muxer?._readIncoming
  if (!stream || !muxer || typeof write !== 'function') return
  muxer._readIncoming = () => {
    stream.cork()
    try {
      write.call(muxer)
    } finally {
      stream.uncork()
    }
  }
}
