import type { Http2Session } from 'node:http2'

/** Windows of a stream and of a connection, so that flow control never makes a stream of ours wait for credit. */
const STREAM_WINDOW = 1024 * 1024
const CONNECTION_WINDOW = 4 * STREAM_WINDOW

/** What both sides are made with. */
export const options = {
  settings: { initialWindowSize: STREAM_WINDOW, enablePush: false },
  /** Megabytes. */
  maxSessionMemory: 64,
}

/** A connection's window is no setting: it is raised by each side once the connection stands. */
export const widen = (session: Http2Session): void => session.setLocalWindowSize(CONNECTION_WINDOW)
