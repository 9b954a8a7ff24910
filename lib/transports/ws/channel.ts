import { RpcError, toRpcError } from '../../core/errors.ts'
import { createLifetime, untilCancelled } from '../../core/lifetime.ts'
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
  /** Cancelled when the channel is closed. */
  const life = createLifetime()
  let session: ClientSession | undefined
  let wire: Wire | undefined
  let connecting: Promise<ClientSession> | undefined
  let lastFailure = Number.NEGATIVE_INFINITY

  const connect = async (): Promise<ClientSession> => {
    const ms = lastFailure + settings.reconnectMs - clock.now()
    if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve))
    if (life.reason) throw life.reason
    try {
      return await open()
    } catch (error) {
      lastFailure = clock.now()
      throw life.reason ?? markNeverRan(toRpcError(error))
    }
  }
  const open = async (): Promise<ClientSession> => {
    let made: ClientSession | undefined = undefined
    let lost: RpcError | undefined
    let stopBeating = (): void => {}
    let unanswered = 0
    let openedAt = 0
    const listener: WireListener = {
      message(text, bytes) {
        unanswered = 0
        made?.receive(text, bytes)
      },
      alive: () => (unanswered = 0),
      drained: () => made?.drained(),
      closed(reason) {
        if (lost) return
        lost = reason
        stopBeating()
        // A server that takes connections and drops them is no better than one that takes none.
        if (clock.now() - openedAt < settings.reconnectMs) lastFailure = clock.now()
        if (session === made) session = undefined
        made?.lost(reason)
      },
    }
    const opened = await dial(listener, life)
    if (life.reason) opened.close()
    const failure = life.reason ?? lost
    if (failure) throw failure
    wire = opened
    openedAt = clock.now()
    const { negotiated, holding, calls } = opened
    made = createClientSession(opened, {
      lookup,
      settings: { ...settings, negotiated, clock },
      holding,
      calls,
    })
    const ping = opened.ping ?? (negotiated ? made.ping : undefined)
    // A browser has nothing to ask a Python server with, which may be silent for as long as it likes.
    const beat = (): void => {
      // Twice without a sign of life is the end.
      if (unanswered++ === 2) {
        listener.closed(new RpcError('UNAVAILABLE', 'the server does not answer any more (pingIntervalMs)'))
        opened.close(true)
      } else {
        stopBeating = clock.after(settings.pingIntervalMs, beat)
        ping!()
      }
    }
    if (ping) stopBeating = clock.after(settings.pingIntervalMs, beat)
    return (session = made)
  }
  return {
    invoke(call) {
      if (session) return session.invoke(call)
      if (life.reason) return Promise.reject(life.reason)
      connecting ??= untilCancelled(life, connect()).finally(() => (connecting = undefined))
      return untilCancelled(
        call.lifetime,
        connecting.then((opened) => {
          // Given up meanwhile: nothing is sent.
          if (call.lifetime.reason) throw call.lifetime.reason
          return opened.invoke(call)
        }),
      )
    },
    async close() {
      const reason = new RpcError('CANCELLED', 'the client was closed')
      life.cancel(reason)
      session?.lost(reason)
      session = undefined
      wire?.close()
      await connecting?.catch(() => {})
    },
  }
}
