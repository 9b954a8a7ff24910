import { sendWaiting } from './send-waiting.ts'
import type { ConnectionState } from './state.ts'

/** Sends what waits, as long as the socket, the connection's window and the streams' own have room. */
export function pump(c: ConnectionState): void {
  // A listener that hears of room writes more: the loop below will see to it.
  if (c.pumping) return
  c.pumping = true
  try {
    for (let stream = c.line.first; stream !== undefined; stream = c.line.first) {
      if (c.sendWindow <= 0 || c.output.blocked || c.closed) return
      c.line.leave(stream)
      sendWaiting(c, stream)
      if (stream.waiting !== undefined && stream.sendWindow > 0) c.line.join(stream)
    }
  } finally {
    c.pumping = false
  }
}
