import type { RpcError } from '../../core/errors.ts'

/**
 * What stands in the `type` property of messages beside the envelope, between ours. The Python package writes and reads
 * none.
 */

/** On a request: its sender takes a header before the answer, and a server's offer of a stream in place of an array. */
export const ours = 'microapi.v1'

/** On a message of a session: envelopes, one a line; `correlation_id` names the session, `message_id` counts. */
export const sessionMessage = 'microapi.v1.session'

/** The session ends: nothing more comes. */
export const sessionEnd = 'microapi.v1.end'

/** To all servers of a queue: nobody waits for the answer to the request with this `correlation_id`. */
export const cancelMessage = 'microapi.v1.cancel'

/** The exchange that takes it to all of them. */
export function cancelExchange(queue: string): string {
  return `${queue}.cancel`
}

/** The header with the time when a call must have ended, in ms since the epoch. */
export const deadlineHeader = 'deadline'

/** On an event; nothing answers it. */
export const eventMessage = 'microapi.v1.event'

/** How often a message was handled, on one that comes again or is a dead letter. */
export const attemptsHeader = 'microapi-attempts'
/** Where a message was sent first. */
export const exchangeHeader = 'microapi-exchange'
export const routingKeyHeader = 'microapi-routing-key'

/** What a dead letter tells: why it is one, the queue that it was taken from, and when, in ms since the epoch. */
export function deadHeaders(
  queue: string,
  { code, message, reason, details }: RpcError,
): Readonly<Record<string, unknown>> {
  return {
    'microapi-error': JSON.stringify({ code, message, reason, details }),
    'microapi-queue': queue,
    'microapi-failed-at': Date.now(),
  }
}

/** RabbitMQ's name for "answer over this very channel". */
export const directReply = 'amq.rabbitmq.reply-to'
