import type { Http2Error } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import type { ConnectionState, StreamState } from './state.ts'

// One function for each event, so that nothing is made to call it. What a listener throws ends its own stream alone.

/** Runs what a user wants to hear of a connection; what it throws goes to `onFault`, and nothing ends by it. */
export function tell(c: ConnectionState, run: () => void): void {
  try {
    run()
  } catch (error) {
    c.listener.onFault(error)
  }
}

/** A request has come. */
export function tellStream(stream: StreamState): void {
  const { connection } = stream
  try {
    connection.listener.onStream?.(stream)
  } catch (error) {
    fault(stream, error)
  }
}

/** The response's headers have come. */
export function tellHeaders(stream: StreamState, headers: HeaderBlock): void {
  try {
    stream.listener.onHeaders?.(stream, headers)
  } catch (error) {
    fault(stream, error)
  }
}

/** An interim response has come. */
export function tellInterim(stream: StreamState, headers: HeaderBlock): void {
  try {
    stream.listener.onInterim?.(stream, headers)
  } catch (error) {
    fault(stream, error)
  }
}

/** Octets of the body have come. Where nobody listens, they are consumed. */
export function tellData(stream: StreamState, octets: Buffer): void {
  const { listener } = stream
  if (!listener.onData) return stream.consume(octets.length)
  try {
    listener.onData(stream, octets)
  } catch (error) {
    fault(stream, error)
  }
}

/** The peer has sent everything. */
export function tellEnd(stream: StreamState, trailers: HeaderBlock | undefined): void {
  try {
    stream.listener.onEnd?.(stream, trailers)
  } catch (error) {
    fault(stream, error)
  }
}

/** Everything that waited has left. */
export function tellDrain(stream: StreamState): void {
  try {
    stream.listener.onDrain?.(stream)
  } catch (error) {
    fault(stream, error)
  }
}

/** The stream is over. */
export function tellClose(stream: StreamState, error: Http2Error | undefined): void {
  try {
    stream.listener.onClose?.(stream, error)
  } catch (thrown) {
    stream.connection.listener.onFault(thrown)
  }
}

function fault(stream: StreamState, error: unknown): void {
  stream.reset('INTERNAL_ERROR')
  stream.connection.listener.onFault(error)
}
