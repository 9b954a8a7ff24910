import { closeStream } from './close-stream.ts'
import { errorCodes, Http2Error, type Http2ErrorCode } from './error.ts'
import { tell } from './tell.ts'
import { ping } from './ping.ts'
import { frameTypes, greatest31 } from './protocol.ts'
import type { ConnectionState } from './state.ts'

/** Ends a connection because of a mistake, of the peer's or ours: GOAWAY says which. */
export function fail(c: ConnectionState, error: Http2Error): void {
  if (c.closed) return
  sendGoaway(c, c.lastPeerId, error.code, error.message)
  end(c, error, false)
}

/** Ends a connection from our side. */
export function destroy(c: ConnectionState, code: Http2ErrorCode, message: string): void {
  if (c.closed) return
  sendGoaway(c, c.lastPeerId, code, code === 'NO_ERROR' ? '' : message)
  const clean = code === 'NO_ERROR' && c.streams.size === 0 && c.waiting.size === 0
  end(c, clean ? undefined : new Http2Error(code, message, { scope: 'connection' }), false)
}

/** The socket is gone, and everything with it. */
export function lose(c: ConnectionState, cause: unknown): void {
  if (c.closed) return
  const said = cause instanceof Error ? `: ${cause.message}` : ''
  const inUse = c.streams.size + c.waiting.size > 0 || cause !== undefined || !c.ready
  const error =
    c.goawayError ??
    new Http2Error('INTERNAL_ERROR', `the connection was lost${said}`, { scope: 'connection', cause })
  end(c, inUse ? error : undefined, true)
}

function end(c: ConnectionState, error: Http2Error | undefined, force: boolean): void {
  c.closed = true
  c.output.flush()
  c.output.closed = true
  for (const stream of c.waiting) closeStream(stream, error && unprocessed(error))
  for (const stream of c.streams.all()) closeStream(stream, error)
  const lost = error ?? new Http2Error('NO_ERROR', 'the connection was closed', { scope: 'connection' })
  for (const onAnswer of c.pings.splice(0)) tell(c, () => onAnswer(lost))
  c.output.flush()
  c.sink.end(force)
  tell(c, () => c.listener.onClose?.(error))
}

function unprocessed({ code, message, remote, cause }: Http2Error): Http2Error {
  return new Http2Error(code, message, { scope: 'connection', remote, unprocessed: true, cause })
}

function sendGoaway(c: ConnectionState, named: number, code: Http2ErrorCode, message: string): void {
  const last = c.goawaySent < 0 ? named : Math.min(named, c.goawaySent)
  const payload = Buffer.alloc(8 + Math.min(message.length, 256))
  payload.writeUInt32BE(last, 0)
  payload.writeUInt32BE(errorCodes[code], 4)
  payload.write(message, 8, 'latin1')
  c.output.octets(frameTypes.goaway, 0, 0, payload)
  c.goawaySent = last
}

/**
 * Lets the connection end with its last stream. A server first says GOAWAY with the greatest id, and names the last
 * one that it takes when the answer to a PING shows that nothing is on its way any more (RFC 9113 §6.8).
 */
export function shutdown(c: ConnectionState): void {
  if (c.draining || c.closed) return
  c.draining = true
  c.times.drainingSince = c.sink.now()
  if (!c.isServer) return finishWhenIdle(c)
  if (!c.ready) return destroy(c, 'NO_ERROR', 'the server is shutting down')
  sendGoaway(c, greatest31, 'NO_ERROR', '')
  ping(c, (error) => {
    if (error) return
    sendGoaway(c, c.lastPeerId, 'NO_ERROR', '')
    finishWhenIdle(c)
  })
}

/** Ends a draining connection that has no streams left. */
export function finishWhenIdle(c: ConnectionState): void {
  if (c.closed || c.streams.size + c.waiting.size > 0) return
  if (c.isServer && (c.goawaySent < 0 || c.goawaySent === greatest31)) return
  destroy(c, 'NO_ERROR', 'the connection was drained')
}
