import type { ConfirmChannel } from 'amqplib'
import type { Call } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { EventDone, OutgoingEvent } from '../../wire/broker/client-wire.ts'
import { eventMessage } from '../../wire/broker/message-kinds.ts'
import type { Link } from './link.ts'
import { publishConfirmed, type Outcome } from './publish.ts'
import { declareEventExchange, eventKeyOf } from './sources.ts'

/** The events of a client, on their way to the broker. */
export interface EventsOut {
  /** Sends those of a call; `done` hears of each of them once. */
  publish(call: Call, events: readonly OutgoingEvent[], done: EventDone): void
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
    publish({ service, method }, events, done) {
      const queue = eventKeyOf(service, method)
      const send = ({ id, body }: OutgoingEvent, place: number): void => {
        const options = {
          correlationId: id,
          contentType: 'application/json',
          type: eventMessage,
          persistent: true,
          mandatory: true,
        }
        publishConfirmed(channel, { exchange, queue, body, options }, (outcome) =>
          done(unrouted.delete(id) ? nobodyHandles(queue) : failureOf(outcome), place),
        )
      }
      declare().then(
        () => events.forEach(send),
        (error: unknown) => events.forEach((_, place) => done(toRpcError(error), place)),
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
