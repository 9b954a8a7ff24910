import type { Http2Error } from '../../../http2/error.ts'
import { FloodGuard } from '../../../http2/flood.ts'
import type { Http2Settings } from '../../../http2/options.ts'
import { greatest31 } from '../../../http2/protocol.ts'
import type { NodeConnection } from './connection.ts'

/** Holds a client's connection to what node:http2 does not: times, PINGs, and streams that it resets. */
export function guard(connection: NodeConnection, limits: Http2Settings): void {
  const { session } = connection
  const { handshakeTimeoutMs, idleTimeoutMs, minPingIntervalMs } = limits
  awaitSettings(connection, handshakeTimeoutMs)
  if (idleTimeoutMs <= greatest31) {
    session.setTimeout(idleTimeoutMs, () => {
      if (connection.open === 0) session.close()
      // Node 20 stops reading from a peer that breaks the rules, and does not say so: nothing would ever end it.
      else ask(connection, limits)
    })
  }
  keepAlive(connection, limits)
  let pingedAt = Number.NEGATIVE_INFINITY
  session.on('ping', () => {
    const now = performance.now()
    if (now - pingedAt < minPingIntervalMs && ++connection.earlyPings > 2)
      connection.destroy('ENHANCE_YOUR_CALM', 'too_many_pings')
    pingedAt = now
  })
  // Node says GOAWAY after a rapid reset (CVE-2023-44487), and keeps the session for ever.
  const flood = new FloodGuard(limits.floods, () => performance.now())
  connection.onStreamClose = (good) => {
    if (good) return void flood.finished++
    try {
      flood.count('resets')
    } catch (error) {
      connection.destroy('ENHANCE_YOUR_CALM', (error as Http2Error).message)
    }
  }
}

/** Ends a connection whose peer does not send its first SETTINGS. */
export function awaitSettings(connection: NodeConnection, handshakeTimeoutMs: number): void {
  const { session } = connection
  if (handshakeTimeoutMs > greatest31) return
  const late = (): void => connection.destroy('INTERNAL_ERROR', 'no SETTINGS in time (handshakeTimeoutMs)')
  const timer = setTimeout(late, handshakeTimeoutMs)
  const done = (): void => clearTimeout(timer)
  session.once('remoteSettings', done)
  session.once('close', done)
}

/** PINGs while streams are open; without an answer the connection is lost. */
export function keepAlive(connection: NodeConnection, limits: Http2Settings): void {
  const { session } = connection
  const { keepAliveMs, keepAliveIdle } = limits
  if (keepAliveMs > greatest31) return
  const timer = setInterval(() => {
    if (session.connecting || (connection.open === 0 && !keepAliveIdle)) return
    ask(connection, limits)
  }, keepAliveMs)
  timer.unref()
  session.once('close', () => clearInterval(timer))
}

/** One PING. */
function ask(connection: NodeConnection, { keepAliveTimeoutMs }: Http2Settings): void {
  const { session } = connection
  const late = setTimeout(
    () => connection.destroy('INTERNAL_ERROR', 'no answer to a PING (keepAliveTimeoutMs)'),
    Math.min(keepAliveTimeoutMs, greatest31),
  )
  late.unref()
  const done = (): void => {
    clearTimeout(late)
    session.off('close', done)
  }
  session.once('close', done)
  session.ping(done)
}
