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

/** RabbitMQ's name for "answer over this very channel". */
export const directReply = 'amq.rabbitmq.reply-to'

/** What a server answers an `open` with: where its session's messages go. */
export interface Offer {
  /** The server's own queue. */
  readonly queue: string
  /** What the broker has made of the client's reply address. */
  readonly reply_to: string
}
