import { RpcError, toRpcError } from '../../core/errors.ts'
import { untilCancelled } from '../../core/lifetime.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { createClientSession, type ClientSession } from '../../wire/session/client-session.ts'
import type { SessionClock } from '../../wire/session/port.ts'
import { systemClock } from '../../wire/session/clock.ts'
import type { Dial, Wire, WireListener } from './dial.ts'

/** What a channel needs of the transport's settings. */
export interface ChannelSettings {
  readonly maxMessageBytes: number
  readonly maxDepth: number
  readonly pingIntervalMs: number
  readonly reconnectMs: number
}

/** Calls over one connection, opened when it is needed and again when it was lost. */
export function wsChannel(
  dial: Dial,
  lookup: Lookup | undefined,
  settings: ChannelSettings,
  clock: SessionClock = systemClock,
): Channel {
  let session: ClientSession | undefined
  let wire: Wire | undefined
  let connecting: Promise<ClientSession> | undefined
  let lastFailure = Number.NEGATIVE_INFINITY
  let closed = false

  const open = async (): Promise<ClientSession> => {
    await pause(lastFailure + settings.reconnectMs - clock.now())
    let made: ClientSession | undefined
    let stopBeating = (): void => {}
    let isAlive = true
    const listener: WireListener = {
      message(text, bytes) {
        isAlive = true
        made?.receive(text, bytes)
      },
      alive: () => (isAlive = true),
      drained: () => made?.drained(),
      closed(reason) {
        stopBeating()
        if (session === made) session = undefined
        made?.lost(reason)
      },
    }
    try {
      if (closed) throw closedByUs()
      const opened = await dial(listener)
      wire = opened
      if (closed) opened.close()
      made = createClientSession(opened, {
        lookup,
        settings: { ...settings, negotiated: opened.negotiated, clock },
      })
      stopBeating = beat(
        () => {
          const wasAlive = isAlive
          isAlive = false
          if (opened.ping) opened.ping()
          else made!.ping()
          return wasAlive
        },
        () => {
          listener.closed(new RpcError('UNAVAILABLE', 'the server does not answer any more (pingIntervalMs)'))
          opened.close(true)
        },
      )
      return (session = made)
    } catch (error) {
      lastFailure = clock.now()
      throw closed ? error : markNeverRan(toRpcError(error))
    } finally {
      connecting = undefined
    }
  }
  const pause = (ms: number): Promise<void> =>
    ms > 0 ? new Promise((resolve) => void clock.after(ms, resolve)) : Promise.resolve()
  // Twice without a sign of life is the end.
  const beat = (isAlive: () => boolean, dead: () => void): (() => void) => {
    let missed = 0
    let stop = (): void => {}
    const arm = (): void => {
      stop = clock.after(settings.pingIntervalMs, () => {
        missed = isAlive() ? 0 : missed + 1
        if (missed >= 2) return dead()
        arm()
      })
    }
    arm()
    return () => stop()
  }
  return {
    invoke(call) {
      if (session) return session.invoke(call)
      if (closed) return Promise.reject(closedByUs())
      return untilCancelled(
        call.lifetime,
        (connecting ??= open()).then((opened) => {
          // Given up meanwhile: nothing is sent.
          if (call.lifetime.reason) throw call.lifetime.reason
          return opened.invoke(call)
        }),
      )
    },
    async close() {
      closed = true
      session?.lost(closedByUs())
      session = undefined
      wire?.close()
      await connecting?.catch(() => {})
    },
  }
}

function closedByUs(): RpcError {
  return new RpcError('CANCELLED', 'the client was closed')
}
