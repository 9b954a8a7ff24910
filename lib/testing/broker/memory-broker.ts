import { RpcError } from '../../core/errors.ts'
import type { Transport } from '../../core/transport.ts'
import { brokerChannel, type BrokerChannel } from './channel.ts'
import { realClock, type BrokerClock } from './clock.ts'
import { createHub } from './hub.ts'
import type { DeadLetter } from './message.ts'
import { serveQueues, type BrokerListener } from './server.ts'

/** What {@link createMemoryBroker} takes. */
export interface MemoryBrokerOptions {
  /** The time; `hurriedClock` for tests that do not wait for the pauses between attempts. The real one unless told otherwise. */
  readonly clock?: BrokerClock
}

/** How a client or a server stands at the broker. */
export interface MemoryBrokerTransportOptions {
  /** Where requests go: `microapi-requests`. Servers of one name share requests, and the copy of an event with `fanout`. */
  readonly queue?: string
  /** For a server: messages that it may have in hand at once, of each queue: 100. */
  readonly prefetch?: number
  /** For a client: until a server has taken a stream, in ms: 5,000. */
  readonly openTimeoutMs?: number
}

/** A broker in this process. */
export interface MemoryBroker {
  /** A way to it, for `serve` and `createClient`. */
  transport(options?: MemoryBrokerTransportOptions): Transport
  /** What was put aside so far, the oldest first. */
  deadLetters(): readonly DeadLetter[]
  /**
   * Resolves when no message is on its way, queued, to be tried again or being handled; streams are not looked at.
   * Rejects, saying what is left and where, after `withinMs`: 4,000.
   */
  idle(options?: { readonly withinMs?: number }): Promise<void>
  /**
   * Ends every connection, as a broker that is lost does. Calls under way fail UNAVAILABLE, streams with them. What
   * servers had in hand is handled again, while the handlers that have it go on. Everybody comes back by themselves.
   */
  disconnect(): void
}

/**
 * Makes a broker for tests, with the semantics of the RabbitMQ transport: requests and events in queues, at least once,
 * retries and dead letters.
 * @example const broker = createMemoryBroker(); await serve(app, broker.transport())
 */
export function createMemoryBroker({ clock = realClock }: MemoryBrokerOptions = {}): MemoryBroker {
  const hub = createHub(clock)
  const channels = new Set<BrokerChannel>()
  const listeners = new Set<BrokerListener>()

  return {
    transport({ queue = 'microapi-requests', prefetch = 100, openTimeoutMs = 5_000 } = {}) {
      return {
        schemes: [],
        async serve(invoke, describe) {
          const listener = serveQueues(hub, { invoke, describe }, { queue, prefetch })
          listeners.add(listener)
          return {
            ...listener,
            async close() {
              await listener.close()
              listeners.delete(listener)
            },
          }
        },
        async connect(lookup) {
          const channel = brokerChannel(hub, lookup, { queue, openTimeoutMs })
          channels.add(channel)
          return {
            ...channel,
            async close() {
              channels.delete(channel)
              await channel.close()
            },
          }
        },
      }
    },
    deadLetters: () => [...hub.deadLetters],
    idle: ({ withinMs = 4_000 } = {}) => hub.idle(withinMs),
    disconnect() {
      const reason = new RpcError('UNAVAILABLE', 'the connection to the memory broker was lost')
      for (const channel of channels) channel.cut(reason)
      for (const listener of listeners) listener.cut()
    },
  }
}
