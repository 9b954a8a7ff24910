import type { Description, MethodDescription } from '../../core/transport.ts'
import { failureToDeclare } from './failure.ts'
import type { Link } from './link.ts'
import type { AmqpSettings } from './options.ts'
import { declareRequests, queueOf } from './queues.ts'

/** A queue that a server takes messages from. */
export interface Source {
  readonly queue: string
  /** The event that it is for; undefined for requests. */
  readonly event: MethodDescription | undefined
  /** Calls that came by it share one limit of running handlers. */
  readonly connection: object
}

/** All sources of a server. Throws a TypeError where they follow from methods that nobody described. */
export function sourcesOf(settings: AmqpSettings, describe: Description | undefined): readonly Source[] {
  const { queue, queuePer } = settings
  if (queuePer !== undefined && !describe)
    throw new TypeError('amqp: queuePer needs to know the methods: serve an app, or give a description')
  const methods = describe?.methods ?? []
  const requests =
    queuePer === undefined ? [queue] : methods.map((one) => queueOf(settings, one.service, one.name))
  return [
    ...[...new Set(requests)].map((name) => ({ queue: name, event: undefined, connection: {} })),
    ...methods
      .filter(({ kind }) => kind === 'event')
      .map((event) => ({ queue: eventQueueOf(settings, event), event, connection: {} })),
  ]
}

/** Declares a source's queue, and what leads there. Rejects with FAILED_PRECONDITION where it exists and is another. */
export async function declareSource(
  link: Link,
  { queue, event }: Source,
  settings: AmqpSettings,
): Promise<void> {
  if (!event) return declareRequests(link, queue, settings)
  const { eventExchange: exchange, quorum } = settings
  await declareEventExchange(link, exchange)
  try {
    await link.aside(async (channel) => {
      await channel.assertQueue(queue, { durable: true, ...quorumIf(quorum) })
      await channel.bindQueue(queue, exchange, eventKeyOf(event.service, event.name))
    })
  } catch (error) {
    throw failureToDeclare('queue', queue, error)
  }
}

/** Declares the exchange that events go to. Rejects with FAILED_PRECONDITION where it exists and is another. */
export async function declareEventExchange(link: Link, exchange: string): Promise<void> {
  try {
    await link.aside((channel) => channel.assertExchange(exchange, 'direct', { durable: true }))
  } catch (error) {
    throw failureToDeclare('exchange', exchange, error)
  }
}

/** What an event is called where it is published. */
export function eventKeyOf(service: string, method: string): string {
  return `${service}.${method}`
}

/** One for all who handle the event; with `fanout` one for all servers of the same `queue`. */
function eventQueueOf(
  { eventExchange, queue }: AmqpSettings,
  { service, name, options }: MethodDescription,
): string {
  const common = `${eventExchange}.${eventKeyOf(service, name)}`
  return options.fanout ? `${common}.${queue}` : common
}

/** What a queue is declared with where it is to be replicated. */
function quorumIf(quorum: boolean): { arguments?: Record<string, unknown> } {
  return quorum ? { arguments: { 'x-queue-type': 'quorum' } } : {}
}
