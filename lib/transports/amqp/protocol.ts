import type { RpcError } from '../../core/errors.ts'
import { deadErrorText } from '../../wire/broker/dead-error.ts'

/** The exchange that takes cancellations to all servers of a queue. */
export function cancelExchange(queue: string): string {
  return `${queue}.cancel`
}

/** The header with the time when a call must have ended, in ms since the epoch. */
export const deadlineHeader = 'deadline'

/** How often a message was handled, on one that comes again or is a dead letter. */
export const attemptsHeader = 'microapi-attempts'
/** Where a message was sent first. */
export const exchangeHeader = 'microapi-exchange'
export const routingKeyHeader = 'microapi-routing-key'
/** On a dead letter: why it is one, the queue that it was taken from, and when, in ms since the epoch. */
export const errorHeader = 'microapi-error'
export const queueHeader = 'microapi-queue'
export const failedAtHeader = 'microapi-failed-at'

/** What a dead letter tells. */
export function deadHeaders(queue: string, error: RpcError): Readonly<Record<string, unknown>> {
  return {
    [errorHeader]: deadErrorText(error),
    [queueHeader]: queue,
    [failedAtHeader]: Date.now(),
  }
}

/** RabbitMQ's name for "answer over this very channel". */
export const directReply = 'amq.rabbitmq.reply-to'
