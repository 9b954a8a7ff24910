import type { Duplex } from 'node:stream'

/**
 * So many messages leave in one write at most. With all of a turn in one, each side would sleep while the other works
 * through them; so both work at once, and a write is still shared by many.
 */
const messagesAtOnce = 16

/** What is sent in one turn leaves in few writes: run this before each send. */
export function createCork(socket: Duplex): () => void {
  let count = 0
  const uncork = (): void => {
    count = 0
    socket.uncork()
  }
  return () => {
    if (count > 0 && ++count <= messagesAtOnce) return
    if (count > 0) {
      // The turn goes on: what it has sent so far leaves.
      socket.uncork()
      socket.cork()
      count = 1
      return
    }
    count = 1
    socket.cork()
    // Behind the promises of this turn, whose answers are to go with it.
    process.nextTick(uncork)
  }
}
