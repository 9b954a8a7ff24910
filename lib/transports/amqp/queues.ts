import type { Link } from './link.ts'
import { failureToDeclare } from './failure.ts'
import type { AmqpSettings } from './options.ts'

/** The queue where requests for a method go. */
export function queueOf({ queue, queuePer }: AmqpSettings, service: string, method: string): string {
  if (queuePer === undefined) return queue
  return queuePer === 'service' ? `${queue}.${service}` : `${queue}.${service}.${method}`
}

/**
 * Declares a queue of requests: durable, and without arguments unless options ask for them, since that is how the Python
 * package declares it. Rejects with FAILED_PRECONDITION, which names the difference, where it exists and is another.
 */
export async function declareRequests(link: Link, queue: string, settings: AmqpSettings): Promise<void> {
  const { quorum, maxPriority, deadLetterExchange } = settings
  const options = {
    durable: true,
    ...(maxPriority === undefined ? {} : { maxPriority }),
    ...(deadLetterExchange === undefined ? {} : { deadLetterExchange }),
    ...(quorum ? { arguments: { 'x-queue-type': 'quorum' } } : {}),
  }
  try {
    await link.aside((channel) => channel.assertQueue(queue, options))
  } catch (error) {
    throw failureToDeclare('queue', queue, error)
  }
}

/** Where answers go whose caller names no queue. */
export const commonReplies = 'microapi-responses'
