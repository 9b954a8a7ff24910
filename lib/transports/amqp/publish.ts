import type { Channel, ConfirmChannel, Options } from 'amqplib'

/** Sends a message to a queue; false where it cannot be sent any more, or is none that AMQP has a way to write. */
export function publish(channel: Channel, queue: string, body: string, options: Options.Publish): boolean {
  try {
    channel.publish('', queue, Buffer.from(body), options)
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
  try {
    channel.publish(
      exchange,
      queue,
      typeof body === 'string' ? Buffer.from(body) : body,
      options,
      (error: unknown) => done(error === null ? 'confirmed' : isRefusal(error) ? 'refused' : 'lost'),
    )
  } catch {
    done('lost')
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Error && error.message === 'message nacked'
}

/** A correlation id that AMQP can carry: a short string of at most 255 bytes. Envelopes have longer ids. */
export function correlationIdOf(id: string | null | undefined): { correlationId?: string } {
  return typeof id === 'string' && Buffer.byteLength(id) <= 255 ? { correlationId: id } : {}
}
