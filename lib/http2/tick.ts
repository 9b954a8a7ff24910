import { resetStream } from './close-stream.ts'
import { destroy, fail, lose, shutdown } from './end-connection.ts'
import { connectionError, type Http2Error } from './error.ts'
import type { Incoming } from './incoming.ts'
import { ping } from './ping.ts'
import { frameTypes } from './protocol.ts'
import type { ConnectionState } from './state.ts'

/** Looks for what takes too long. To be called every second or so. */
export function tick(c: ConnectionState, now: number): void {
  const { times } = c
  if (c.closed) return
  times.now = now
  if (c.incoming.active) times.heardAt = now
  c.incoming.active = false
  if (isUsed(c)) times.usedAt = now
  endStalled(c, now)
  // What the peer owes us may be on its way, and we do not look.
  if (c.sink.paused) return
  const error = tooLate(c, now)
  if (error) return fail(c, error)
  if (now - times.pingedAt > c.settings.keepAliveTimeoutMs)
    return lose(
      c,
      new Error(`no answer to a PING within ${c.settings.keepAliveTimeoutMs} ms (keepAliveTimeoutMs)`),
    )
  keepAlive(c, now)
  if (isUsed(c)) return
  if (now - times.drainingSince > c.settings.settingsTimeoutMs)
    destroy(c, 'NO_ERROR', 'the peer does not answer')
  else if (now - times.usedAt > c.settings.idleTimeoutMs) shutdown(c)
}

function isUsed(c: ConnectionState): boolean {
  return c.streams.size + c.waiting.size > 0
}

function tooLate(
  { settings, times, ready, announced, incoming }: ConnectionState,
  now: number,
): Http2Error | undefined {
  const { handshakeTimeoutMs, settingsTimeoutMs, headersTimeoutMs } = settings
  if (!ready && now - times.started > handshakeTimeoutMs)
    return connectionError(
      'SETTINGS_TIMEOUT',
      `no SETTINGS within ${handshakeTimeoutMs} ms (handshakeTimeoutMs)`,
    )
  const [first] = announced
  if (ready && first && now - first.at > settingsTimeoutMs)
    return connectionError(
      'SETTINGS_TIMEOUT',
      `SETTINGS were not acknowledged within ${settingsTimeoutMs} ms (settingsTimeoutMs)`,
    )
  if (isStuckInHeaders(incoming, now - headersTimeoutMs))
    return connectionError(
      'ENHANCE_YOUR_CALM',
      `a header block took over ${headersTimeoutMs} ms (headersTimeoutMs)`,
    )
  return undefined
}

/** Whether a header block has begun before then: its first frames, or one that is not complete itself. */
function isStuckInHeaders({ headers, partial, size, since }: Incoming, then: number): boolean {
  if (headers) return headers.since < then
  const type = size > 3 ? partial?.[3] : undefined
  return (type === frameTypes.headers || type === frameTypes.continuation) && since < then
}

function keepAlive(c: ConnectionState, now: number): void {
  const { settings, times } = c
  if (!c.ready || times.pingedAt !== Number.POSITIVE_INFINITY || now - times.heardAt < settings.keepAliveMs)
    return
  if (c.streams.size === 0 && !settings.keepAliveIdle) return
  times.pingedAt = now
  ping(c, () => {
    times.pingedAt = Number.POSITIVE_INFINITY
    times.heardAt = times.now
  })
}

/** A peer that takes no data holds what waits for it, and may do so for ever (CVE-2019-9517). */
function endStalled(c: ConnectionState, now: number): void {
  for (const stream of c.streams.all()) {
    if (stream.waiting !== undefined && now - stream.movedAt > c.settings.stallTimeoutMs)
      resetStream(stream, 'CANCEL')
  }
}
