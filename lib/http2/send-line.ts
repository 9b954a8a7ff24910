import type { Connection } from './connection.ts'
import { openWaiting } from './open-stream.ts'
import { sendWaiting } from './send-data.ts'
import type { Stream } from './stream.ts'

/** The streams that have something to send and a window of their own; they take turns, a frame each. */
export class SendLine {
  private first: Stream | undefined
  private last: Stream | undefined
  private pumping = false

  /** Puts a stream at the end, if it does not stand in the line. */
  join(stream: Stream): void {
    if (stream.inLine || stream.closed) return
    stream.inLine = true
    stream.before = this.last
    if (this.last) this.last.behind = stream
    else this.first = stream
    this.last = stream
  }

  /** Takes a stream out, wherever it stands. */
  leave(stream: Stream): void {
    if (!stream.inLine) return
    stream.inLine = false
    if (stream.before) stream.before.behind = stream.behind
    else this.first = stream.behind
    if (stream.behind) stream.behind.before = stream.before
    else this.last = stream.before
    stream.before = stream.behind = undefined
  }

  /** Sends as long as the socket, the connection's window and the streams' own have room. */
  pump(c: Connection): void {
    // A listener that hears of room writes more: the loop below will see to it.
    if (this.pumping) return
    this.pumping = true
    try {
      while (this.first && c.sendWindow > 0 && !c.output.blocked && !c.closed) {
        const stream = this.first
        this.leave(stream)
        sendWaiting(c, stream)
        if (stream.waiting !== undefined && stream.sendWindow > 0) this.join(stream)
      }
    } finally {
      this.pumping = false
    }
  }

  /** Opens streams that wait for it. */
  openWaiting(c: Connection): void {
    openWaiting(c)
    this.pump(c)
  }
}
