import type { Duplex } from 'node:stream'

/** What is sent in one turn leaves in one write: run this before each send. */
export function createCork(socket: Duplex): () => void {
  let isCorked = false
  const uncork = (): void => {
    isCorked = false
    socket.uncork()
  }
  return () => {
    if (isCorked) return
    isCorked = true
    socket.cork()
    // Behind the promises of this turn, whose answers are to go with it.
    process.nextTick(uncork)
  }
}
