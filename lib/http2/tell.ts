import { resetStream } from './close-stream.ts'
import type { Http2Error } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import type { Stream } from './stream.ts'

// One function for each event, so that nothing is made to call it. What a listener throws ends its own stream alone.

/** A request has come. */
export function tellStream(stream: Stream): void {
  const { connection } = stream
  try {
    connection.listener.onStream?.(stream)
  } catch (error) {
    fault(stream, error)
  }
}

/** The response's headers have come. */
export function tellHeaders(stream: Stream, headers: HeaderBlock): void {
  try {
    stream.listener.onHeaders?.(stream, headers)
  } catch (error) {
    fault(stream, error)
  }
}

/** An interim response has come. */
export function tellInterim(stream: Stream, headers: HeaderBlock): void {
  try {
    stream.listener.onInterim?.(stream, headers)
  } catch (error) {
    fault(stream, error)
  }
}

/** Octets of the body have come. Where nobody listens, they are consumed. */
export function tellData(stream: Stream, octets: Buffer): void {
  const { listener } = stream
  if (!listener.onData) return stream.consume(octets.length)
  try {
    listener.onData(stream, octets)
  } catch (error) {
    fault(stream, error)
  }
}

/** The peer has sent everything. */
export function tellEnd(stream: Stream, trailers: HeaderBlock | undefined): void {
  try {
    stream.listener.onEnd?.(stream, trailers)
  } catch (error) {
    fault(stream, error)
  }
}

/** Everything that waited has left. */
export function tellDrain(stream: Stream): void {
  try {
    stream.listener.onDrain?.(stream)
  } catch (error) {
    fault(stream, error)
  }
}

/** The stream is over. */
export function tellClose(stream: Stream, error: Http2Error | undefined): void {
  try {
    stream.listener.onClose?.(stream, error)
  } catch (thrown) {
    stream.connection.listener.onFault(thrown)
  }
}

function fault(stream: Stream, error: unknown): void {
  resetStream(stream, 'INTERNAL_ERROR')
  stream.connection.listener.onFault(error)
}
