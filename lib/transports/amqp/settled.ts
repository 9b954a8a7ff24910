import type { Channel, ConsumeMessage } from 'amqplib'

/** What a channel has delivered and not yet let go of. */
export interface Settled {
  taken(message: ConsumeMessage): void
  /** It is acknowledged, together with others of this turn where nothing before them is open. */
  acknowledge(message: ConsumeMessage): void
  /** It goes back to its queue. */
  giveBack(message: ConsumeMessage): void
}

/** Follows the deliveries of a channel, none yet. What comes when the channel has ended does nothing: all of it comes again. */
export function createSettled(channel: Channel): Settled {
  /** Tags, the oldest first. */
  const open = new Set<number>()
  let finished: ConsumeMessage[] = []
  const flush = (): void => {
    const all = finished
    finished = []
    const oldest = open.values().next().value ?? Infinity
    let last: ConsumeMessage | undefined
    try {
      for (const message of all) {
        const tag = message.fields.deliveryTag
        if (tag > oldest) channel.ack(message)
        else if (last === undefined || tag > last.fields.deliveryTag) last = message
      }
      if (last) channel.ack(last, true)
    } catch {
      // The connection is lost: the requests come again.
    }
  }
  return {
    taken: ({ fields }) => void open.add(fields.deliveryTag),
    acknowledge(message) {
      open.delete(message.fields.deliveryTag)
      if (finished.push(message) === 1) process.nextTick(flush)
    },
    giveBack(message) {
      open.delete(message.fields.deliveryTag)
      try {
        channel.nack(message, false, true)
      } catch {
        // The connection is lost: it comes again anyway.
      }
    },
  }
}
