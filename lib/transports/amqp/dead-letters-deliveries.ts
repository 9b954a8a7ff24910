import type { Channel, ConsumeMessage } from 'amqplib'
import { RpcError } from '../../core/errors.ts'

/** What a queue hands out, no faster than it is asked, and unacknowledged. */
export interface Deliveries {
  /** The next one; undefined where the queue has no more. Rejects with what the library says, or an RpcError. */
  next(): Promise<ConsumeMessage | undefined>
  /** It is acknowledged. */
  acknowledge(message: ConsumeMessage): void
  /** Ends it: what is put back from now on is not handed out here again. What was handed out is still in hand. */
  stop(): Promise<void>
}

/** How many are handed out in advance at most. */
const mostAhead = 200

/** In silence the queue is asked as often whether it has any left, in ms. */
const askMs = 250
/** How long it may have some and hand out none, in ms. */
const silenceMs = 20_000

/**
 * Takes what a queue has, over a channel of its own; `onMessage` sees each as it is handed out. At most `ahead` lie here that were not asked for:
 * one by one would take a way there and back for each.
 */
export function openDeliveries(
  channel: Channel,
  queue: string,
  { ahead, onMessage }: { readonly ahead: number; onMessage(message: ConsumeMessage): void },
): Deliveries {
  const window = Math.max(1, Math.min(ahead, mostAhead))
  const waiting: ConsumeMessage[] = []
  /** The tag of the consumer that is at work, and what it was handed and is not yet acknowledged: it gets no more than the window. */
  let consumer: string | undefined
  let open = 0
  let isGone = false
  let isOver = false
  let wake = (): void => {}

  const take = (message: ConsumeMessage | null): void => {
    if (message) {
      open++
      waiting.push(message)
      onMessage(message)
    } else isGone = true
    wake()
  }
  // What is left where it is fills a window: another consumer has one of its own. What the first was handed stays in hand.
  const cancel = async (): Promise<void> => {
    const last = consumer
    consumer = undefined
    if (last !== undefined) await channel.cancel(last)
  }
  const renew = async (): Promise<void> => {
    await cancel()
    await channel.prefetch(window)
    open = waiting.length
    consumer = (await channel.consume(queue, take)).consumerTag
  }
  return {
    async next() {
      for (let silentMs = 0; waiting.length === 0;) {
        if (isOver) return undefined
        if (isGone) throw new RpcError('NOT_FOUND', `queue ${JSON.stringify(queue)} was deleted`)
        if (consumer === undefined || open >= window) await renew()
        else if (!(await news())) {
          if ((await channel.checkQueue(queue)).messageCount === 0 && waiting.length === 0) return undefined
          silentMs += askMs
          if (silentMs >= silenceMs) throw silent(queue)
        }
      }
      return waiting.shift()
    },
    acknowledge(message) {
      if (message.fields.consumerTag === consumer) open--
      channel.ack(message)
    },
    stop() {
      isOver = true
      wake()
      return cancel()
    },
  }

  async function news(): Promise<boolean> {
    if (waiting.length > 0) return true
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), askMs)))
    const came = new Promise<true>((resolve) => (wake = () => resolve(true)))
    const isNew = await Promise.race([late, came])
    clearTimeout(timer)
    return isNew
  }
}

function silent(queue: string): RpcError {
  const text = `queue ${JSON.stringify(queue)} has messages and hands out none; another consumer may have it for itself`
  return new RpcError('UNAVAILABLE', text)
}
