import type { ConfirmChannel } from 'amqplib'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { OutgoingEvent } from '../../wire/broker/client-wire.ts'
import { eventMessage } from '../../wire/broker/message-kinds.ts'
import type { Link } from './link.ts'
import { publishConfirmed, type Outcome } from './publish.ts'
import { declareEventExchange, eventKeyOf } from './sources.ts'

/** The events of a client, on their way to the broker. */
export interface EventsOut {
  /** Sends one; `done` hears what became of it: nothing when the broker has it. */
  publish(event: OutgoingEvent, done: (error?: RpcError) => void): void
  /** No queue took the event of this id: the broker says so before it confirms it. */
  returned(id: string): void
}

/** Makes the way of a client's events; their exchange is declared with the first. */
export function createEventsOut(link: Link, channel: ConfirmChannel, exchange: string): EventsOut {
  const unrouted = new Set<string>()
  let declaring: Promise<void> | undefined
  const declare = (): Promise<void> =>
    (declaring ??= declareEventExchange(link, exchange).catch((error: unknown) => {
      declaring = undefined
      throw error
    }))
  return {
    publish({ call, id, body }, done) {
      const queue = eventKeyOf(call.service, call.method)
      const options = {
        correlationId: id,
        contentType: 'application/json',
        type: eventMessage,
        persistent: true,
        mandatory: true,
      }
      const confirmed = (outcome: Outcome): void =>
        done(unrouted.delete(id) ? nobodyHandles(queue) : failureOf(outcome))
      declare().then(
        () => publishConfirmed(channel, { exchange, queue, body, options }, confirmed),
        (error: unknown) => done(toRpcError(error)),
      )
    },
    returned: (id) => void unrouted.add(id),
  }
}

function failureOf(outcome: Outcome): RpcError | undefined {
  if (outcome === 'confirmed') return undefined
  return outcome === 'refused'
    ? new RpcError('UNAVAILABLE', 'the broker refused the event')
    : new RpcError('UNAVAILABLE', 'the connection was lost before the broker had confirmed the event')
}

function nobodyHandles(event: string): RpcError {
  const text = `nobody handles it: no server has ever asked the broker for the event "${event}"`
  return markNeverRan(new RpcError('UNAVAILABLE', text))
}
