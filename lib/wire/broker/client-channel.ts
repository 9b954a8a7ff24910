import type { Call, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { isSingle } from '../../core/kind.ts'
import { createLifetime, untilCancelled } from '../../core/lifetime.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { systemClock } from '../session/clock.ts'
import { createClientSessions } from './client-sessions.ts'
import type { ClientWire, WireListener } from './client-wire.ts'
import { createPublishes } from './publishes.ts'
import { createRequests } from './requests.ts'

/** What a client over a broker is made with. */
export interface BrokerChannelOptions {
  /** Connects. Rejects with an RpcError. */
  readonly open: (listener: WireListener) => Promise<ClientWire>
  readonly lookup: Lookup | undefined
  readonly maxMessageBytes: number
  readonly maxDepth: number
  readonly maxBufferedBytes: number
  readonly openTimeoutMs: number
  readonly leaseMs: number
  /** The least time between two attempts to connect, in ms. */
  readonly reconnectMs: number
  /** What stands in each request's metadata beside the caller's. */
  readonly requestMetadata?: Readonly<Record<string, string>>
  /** The servers are Python's, which know no streams. */
  readonly isPython: boolean
  /** As the option is given whose servers are Python's, for error messages. */
  readonly pythonOption: string
}

/** Calls over a broker: connected when it is needed, and again when the connection was lost. */
export function brokerChannel(options: BrokerChannelOptions): Channel {
  const { open, lookup, maxMessageBytes, maxDepth, maxBufferedBytes, leaseMs, reconnectMs, isPython } =
    options
  const clock = systemClock
  /** Cancelled when the channel is closed. */
  const life = createLifetime()
  const requests = createRequests({ ...options, clock })
  const publishes = createPublishes(lookup, maxMessageBytes)
  const sessions = createClientSessions({
    lookup,
    settings: { maxMessageBytes, maxDepth, clock, negotiated: true },
    maxBufferedBytes,
    leaseMs,
  })
  let wire: ClientWire | undefined
  let connecting: Promise<ClientWire> | undefined
  let lastFailure = Number.NEGATIVE_INFINITY

  const isClosed = (): boolean => life.reason !== undefined
  const connect = async (): Promise<ClientWire> => {
    const ms = lastFailure + reconnectMs - clock.now()
    if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve))
    const openedAt = clock.now()
    try {
      if (life.reason) throw life.reason
      const opened = await open(listenerOf(openedAt))
      if (!isClosed()) return (wire = opened)
      await opened.close()
      throw life.reason ?? new RpcError('CANCELLED', 'the client was closed')
    } catch (error) {
      lastFailure = clock.now()
      throw life.reason ?? markNeverRan(toRpcError(error))
    }
  }
  const listenerOf = (openedAt: number): WireListener => ({
    answer: (body, bytes) => requests.receive(body, bytes),
    undelivered: (id, reason) => requests.undelivered(id, reason),
    sessionMessage: (session, number, body, bytes) => sessions.receive(session, number, body, bytes),
    sessionEnded: (session) =>
      sessions.ended(session, new RpcError('UNAVAILABLE', 'the server of this stream is gone')),
    lost(reason) {
      wire = undefined
      // A broker that takes connections and drops them is no better than one that takes none.
      if (clock.now() - openedAt < reconnectMs) lastFailure = clock.now()
      requests.lost(reason)
      publishes.lost(reason)
      sessions.lost(reason)
    },
  })
  const send = async (through: ClientWire, call: Call): Promise<Reply> => {
    if (through.blocked) await untilCancelled(call.lifetime, through.unblocked())
    if (call.lifetime.reason) throw call.lifetime.reason
    if (call.kind === 'event') return publishes.invoke(through, call)
    if (!isPython && isStream(call)) {
      const offer = await requests.open(through, call)
      return sessions.invoke(through, offer, call)
    }
    const answer = await requests.invoke(through, call)
    return 'reply' in answer ? answer.reply : sessions.invoke(through, answer.offer, call)
  }
  return {
    takesBatches: true,
    invoke(call) {
      if (wire) return send(wire, call)
      if (life.reason) return Promise.reject(life.reason)
      connecting ??= untilCancelled(life, connect()).finally(() => (connecting = undefined))
      return untilCancelled(
        call.lifetime,
        connecting.then((opened) => send(opened, call)),
      )
    },
    async close() {
      const reason = new RpcError('CANCELLED', 'the client was closed')
      life.cancel(reason)
      const last = wire
      requests.lost(reason)
      publishes.lost(reason)
      sessions.lost(reason, true)
      wire = undefined
      await last?.close()
      await connecting?.catch(() => {})
    },
  }
}

function isStream({ input, kind }: Call): boolean {
  return isIterable(input) || (kind !== undefined && !isSingle(kind))
}
