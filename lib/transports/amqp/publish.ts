import type { Channel, ConfirmChannel, Options } from 'amqplib'

/**
 * What is used of the library's channels, which it declares nowhere. Its own `publish` makes an object of the slow kind for
 * the headers of each message, as a child of those it is given: that costs as much as all the rest of a call's way out.
 */
interface Inner {
  sendMessage?(fields: object, properties: object, content: Buffer): boolean
  pushConfirmCallback?(confirmed: (error: unknown) => void): void
}

/** Sends a message to a queue; false where it cannot be sent any more, or is none that AMQP has a way to write. */
export function publish(channel: Channel, queue: string, body: string, options: Options.Publish): boolean {
  const { sendMessage } = channel as Inner
  const content = Buffer.from(body)
  try {
    if (!sendMessage) channel.publish('', queue, content, options)
    else sendMessage.call(channel, fieldsOf('', queue, options), propertiesOf(options), content)
    return true
  } catch {
    // The channel has just ended, which is told elsewhere.
    return false
  }
}

/** What the broker said of a message: it has it, it refused it, or the channel ended before it said so. */
export type Outcome = 'confirmed' | 'refused' | 'lost'

/** A message to be sent. */
export interface Outgoing {
  /** Where from; the default one, which knows every queue by its name. */
  readonly exchange?: string
  readonly queue: string
  readonly body: string | Buffer
  readonly options: Options.Publish
}

/** Sends a message to a queue; `done` hears what became of it. */
export function publishConfirmed(
  channel: ConfirmChannel,
  { exchange = '', queue, body, options }: Outgoing,
  done: (outcome: Outcome) => void,
): void {
  const { sendMessage, pushConfirmCallback } = channel as Inner
  const content = typeof body === 'string' ? Buffer.from(body) : body
  const confirmed = (error: unknown): void =>
    done(error === null ? 'confirmed' : isRefusal(error) ? 'refused' : 'lost')
  try {
    if (sendMessage && pushConfirmCallback) {
      sendMessage.call(channel, fieldsOf(exchange, queue, options), propertiesOf(options), content)
      pushConfirmCallback.call(channel, confirmed)
    } else channel.publish(exchange, queue, content, options, confirmed)
  } catch {
    done('lost')
  }
}

function fieldsOf(exchange: string, routingKey: string, { mandatory = false }: Options.Publish): object {
  return { exchange, routingKey, mandatory }
}

/** The properties that we use, as AMQP calls them. All are there, so that all messages are objects of one shape. */
function propertiesOf(options: Options.Publish): object {
  const { contentType, headers, persistent, priority, correlationId } = options
  const { replyTo, expiration, messageId, timestamp, type } = options
  const deliveryMode = persistent === true ? 2 : undefined
  return {
    contentType,
    headers,
    deliveryMode,
    priority,
    correlationId,
    replyTo,
    expiration,
    messageId,
    timestamp,
    type,
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message === 'message nacked'
}

/** A correlation id that AMQP can carry: a short string of at most 255 bytes. Envelopes have longer ids. */
export function correlationIdOf(id: string | null | undefined): { correlationId?: string } {
  return typeof id === 'string' && Buffer.byteLength(id) <= 255 ? { correlationId: id } : {}
}
