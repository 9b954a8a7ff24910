/** What a client asks for; the id of the call is the message's `correlation_id`. */
export type Asked =
  | { readonly method: 'get'; readonly input: { readonly id: number } }
  | { readonly method: 'list'; readonly input: { readonly limit: number } }
  /** Answered with the sum over so many events, once they have all been handled. */
  | { readonly method: 'handled'; readonly input: { readonly count: number } }

/** RabbitMQ's name for "answer over this very channel". */
export const DIRECT_REPLY = 'amq.rabbitmq.reply-to'

/** The `type` of a stream's messages; an answer has none. */
export const ITEM = 'item'
export const END = 'end'

/** Of every connection: Nagle's algorithm would hold a small write back for up to 40 ms. */
export const SOCKET = { noDelay: true }

/** What our server has, too: so many deliveries may wait for their acknowledgement, from each queue. */
export const PREFETCH = 100

/** A message's body. */
export const bodyOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
