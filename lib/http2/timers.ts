import { resetStream } from './close-stream.ts'
import type { Connection } from './connection.ts'
import { connectionError } from './error.ts'
import { destroy, fail, lose, shutdown } from './end-connection.ts'
import { ping } from './ping.ts'

/** The times that a connection is judged by; coarse, as `tick` comes every second or so. */
export class Timers {
  now: number
  readonly started: number
  /** When something last came. */
  heardAt: number
  /** When there last was a stream. */
  usedAt: number
  drainingSince = Number.POSITIVE_INFINITY
  /** When the keep-alive PING that waits for its answer was sent. */
  pingedAt = Number.POSITIVE_INFINITY

  constructor(now: number) {
    this.now = this.started = this.heardAt = this.usedAt = now
  }
}

/** Looks for what takes too long. */
export function tick(c: Connection, now: number): void {
  const { timers } = c
  if (c.closed) return
  timers.now = now
  if (c.incoming.active) timers.heardAt = now
  c.incoming.active = false
  if (c.streams.size + c.waiting.size > 0) timers.usedAt = now
  const late = tooLate(c, now)
  if (late) return fail(c, connectionError(late.code, late.message))
  if (now - timers.pingedAt > c.settings.keepAliveTimeoutMs)
    return lose(c, new Error('no answer to a PING (keepAliveTimeoutMs)'))
  keepAlive(c, now)
  endStalled(c, now)
  if (c.streams.size + c.waiting.size > 0) return
  if (now - timers.drainingSince > c.settings.settingsTimeoutMs)
    destroy(c, 'NO_ERROR', 'the peer does not answer')
  else if (now - timers.usedAt > c.settings.idleTimeoutMs) shutdown(c)
}

function tooLate(
  { settings, timers, ready, announced, incoming }: Connection,
  now: number,
): { code: 'SETTINGS_TIMEOUT' | 'ENHANCE_YOUR_CALM'; message: string } | undefined {
  if (!ready && now - timers.started > settings.handshakeTimeoutMs)
    return {
      code: 'SETTINGS_TIMEOUT',
      message: `no SETTINGS within ${settings.handshakeTimeoutMs} ms (handshakeTimeoutMs)`,
    }
  const [first] = announced
  if (ready && first && now - first.at > settings.settingsTimeoutMs)
    return {
      code: 'SETTINGS_TIMEOUT',
      message: `SETTINGS not acknowledged within ${settings.settingsTimeoutMs} ms (settingsTimeoutMs)`,
    }
  if (incoming.headers && now - incoming.headers.since > settings.headersTimeoutMs)
    return {
      code: 'ENHANCE_YOUR_CALM',
      message: `a header block took over ${settings.headersTimeoutMs} ms (headersTimeoutMs)`,
    }
  return undefined
}

function keepAlive(c: Connection, now: number): void {
  const { settings, timers } = c
  if (!c.ready || timers.pingedAt !== Number.POSITIVE_INFINITY || now - timers.heardAt < settings.keepAliveMs)
    return
  if (c.streams.size === 0 && !settings.keepAliveIdle) return
  timers.pingedAt = now
  ping(c, () => {
    timers.pingedAt = Number.POSITIVE_INFINITY
    timers.heardAt = timers.now
  })
}

/** A peer that takes no data holds what waits for it, and may do so for ever (CVE-2019-9517). */
function endStalled(c: Connection, now: number): void {
  for (const stream of c.streams.all()) {
    if (stream.waiting !== undefined && now - stream.movedAt > c.settings.stallTimeoutMs)
      resetStream(stream, 'CANCEL')
  }
}
