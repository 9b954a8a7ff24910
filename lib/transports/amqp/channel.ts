import type { Call, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { isSingle } from '../../core/kind.ts'
import { createLifetime, untilCancelled } from '../../core/lifetime.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { systemClock } from '../../wire/session/clock.ts'
import { createClientSessions } from './client-sessions.ts'
import { readCount } from './message.ts'
import type { AmqpSettings } from './options.ts'
import { eventMessage, sessionEnd, sessionMessage } from './protocol.ts'
import { createPublishes } from './publishes.ts'
import { createRequests } from './requests.ts'
import { openWire, type Wire, type WireListener } from './wire.ts'

/** Calls over a broker: connected when it is needed, and again when the connection was lost. */
export function amqpChannel(lookup: Lookup | undefined, settings: AmqpSettings): Channel {
  const { maxMessageBytes, maxDepth, maxBufferedBytes, leaseMs, reconnectMs, peer } = settings
  const clock = systemClock
  /** Cancelled when the channel is closed. */
  const life = createLifetime()
  const requests = createRequests(lookup, settings, clock)
  const publishes = createPublishes(lookup, settings)
  const sessions = createClientSessions({
    lookup,
    settings: { maxMessageBytes, maxDepth, clock, negotiated: true },
    maxBufferedBytes,
    leaseMs,
  })
  let wire: Wire | undefined
  let connecting: Promise<Wire> | undefined
  let lastFailure = Number.NEGATIVE_INFINITY

  const isClosed = (): boolean => life.reason !== undefined
  const connect = async (): Promise<Wire> => {
    const ms = lastFailure + reconnectMs - clock.now()
    if (ms > 0) await new Promise<void>((resolve) => void clock.after(ms, resolve))
    const openedAt = clock.now()
    try {
      if (life.reason) throw life.reason
      const opened = await openWire(settings, listenerOf(openedAt))
      if (!isClosed()) return (wire = opened)
      await opened.close()
      throw life.reason ?? new RpcError('CANCELLED', 'the client was closed')
    } catch (error) {
      lastFailure = clock.now()
      throw life.reason ?? markNeverRan(toRpcError(error))
    }
  }
  const listenerOf = (openedAt: number): WireListener => ({
    message({ content, properties }) {
      const session = String(properties.correlationId ?? '')
      if (properties.type === sessionMessage) {
        const number = readCount(properties.messageId)
        if (number !== undefined) sessions.receive(session, number, content.toString(), content.length)
      } else if (properties.type === sessionEnd) sessions.ended(session, gone())
      else requests.receive(content.toString(), content.length)
    },
    returned({ properties, fields }) {
      const id = String(properties.correlationId ?? '')
      if (properties.type === sessionMessage) sessions.ended(id, gone())
      else if (properties.type === eventMessage) publishes.returned(id, fields.routingKey)
      else requests.returned(id, fields.routingKey)
    },
    lost(reason) {
      wire = undefined
      // A broker that takes connections and drops them is no better than one that takes none.
      if (clock.now() - openedAt < reconnectMs) lastFailure = clock.now()
      requests.lost(reason)
      publishes.lost(reason)
      sessions.lost(reason)
    },
  })
  const send = async (through: Wire, call: Call): Promise<Reply> => {
    if (through.blocked) await untilCancelled(call.lifetime, through.unblocked())
    if (call.lifetime.reason) throw call.lifetime.reason
    if (call.kind === 'event') return publishes.invoke(through, call)
    if (peer !== 'python' && isStream(call)) {
      const offer = await requests.open(through, call)
      return sessions.invoke(through, offer, call)
    }
    const answer = await requests.invoke(through, call)
    return 'reply' in answer ? answer.reply : sessions.invoke(through, answer.offer, call)
  }
  return {
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

function gone(): RpcError {
  return new RpcError('UNAVAILABLE', 'the server of this stream is gone')
}

function isStream({ input, kind }: Call): boolean {
  return isIterable(input) || (kind !== undefined && !isSingle(kind))
}
