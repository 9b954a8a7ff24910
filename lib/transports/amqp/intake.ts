import { isUtf8 } from 'node:buffer'
import type { Channel, ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import { handleDelivery, type DeliveryWays } from '../../wire/broker/handle-delivery.ts'
import type { Answer, Delivery, ReceiveContext } from '../../wire/broker/receive-request.ts'
import { ours } from '../../wire/broker/message-kinds.ts'
import { createFailedMessages } from './failed-messages.ts'
import type { Link } from './link.ts'
import { readAttempts, readDeadline } from './message.ts'
import { correlationIdOf, publishConfirmed } from './publish.ts'
import { commonReplies } from './queues.ts'
import { createSettled } from './settled.ts'
import type { Source } from './sources.ts'

/** What takes requests in, and lets go of each when its answer is confirmed. */
export interface Intake {
  receive(message: ConsumeMessage, source: Source): void
  /** What comes from now on goes back to its queue. */
  stop(): void
  /** Resolves when nothing is in hand, at the latest after `ms`. */
  idle(ms: number): Promise<void>
}

/** Where requests come from, and where answers go. */
export interface IntakeChannels {
  readonly requests: Channel
  readonly answers: ConfirmChannel
  readonly outgoing: Link
  /** What is declared on the way is to be replicated. */
  readonly quorum: boolean
}

/** Makes the intake of a server. */
export function createIntake(
  context: ReceiveContext,
  { requests, answers, outgoing, quorum }: IntakeChannels,
): Intake {
  const { log } = context
  const failed = createFailedMessages({ outgoing, answers, quorum, log })
  const settled = createSettled(requests)
  let stopping = false
  let inHand = 0
  let onIdle = (): void => {}
  let common: Promise<unknown> | undefined

  const isStopping = (): boolean => stopping
  const letGo = (): void => {
    if (--inHand === 0) onIdle()
  }
  const declareCommon = (): Promise<unknown> =>
    (common ??= outgoing
      .aside((channel) => channel.assertQueue(commonReplies, { durable: true }))
      .catch((error: unknown) => log.warn({ error, queue: commonReplies }, 'amqp: not to be declared')))

  const waysOf = (message: ConsumeMessage, { queue }: Source): DeliveryWays => {
    const acknowledge = (): void => {
      settled.acknowledge(message)
      letGo()
    }
    const { replyTo, type } = message.properties as { replyTo?: string; type?: string }
    const send = ({ body, id }: Answer): void => {
      const options: Options.Publish = correlationIdOf(id)
      options.contentType = 'application/json'
      if (type === ours) options.type = ours
      publishConfirmed(answers, { queue: replyTo || commonReplies, body, options }, (outcome) => {
        if (outcome === 'refused') log.warn({ id, replyTo }, 'amqp: the broker refused an answer')
        // What is lost comes again, since it is not acknowledged.
        if (outcome === 'lost') letGo()
        else acknowledge()
      })
    }
    return {
      acknowledge,
      giveBack() {
        settled.giveBack(message)
        letGo()
      },
      answer(answer) {
        if (replyTo) send(answer)
        else void declareCommon().then(() => send(answer))
      },
      retry: (attempts, delayMs) => failed.retry({ message, queue, attempts }, delayMs),
      bury: (attempts, error) => failed.bury({ message, queue, attempts }, error),
    }
  }
  return {
    receive(message, source) {
      if (stopping) return requests.nack(message, false, true)
      settled.taken(message)
      inHand++
      void handleDelivery(context, deliveryOf(message, source), waysOf(message, source), isStopping)
    },
    stop: () => void (stopping = true),
    async idle(ms) {
      if (inHand === 0) return
      let timer: ReturnType<typeof setTimeout> | undefined
      await new Promise<void>((resolve) => {
        onIdle = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    },
  }
}

function deliveryOf({ content, properties }: ConsumeMessage, { event, connection }: Source): Delivery {
  return {
    bytes: content.length,
    text: () => (isUtf8(content) ? content.toString() : undefined),
    id: String(properties.correlationId ?? ''),
    negotiated: properties.type === ours,
    replyTo: String(properties.replyTo ?? ''),
    deadline: readDeadline(properties.headers),
    attempts: readAttempts(properties.headers),
    event,
    connection,
  }
}
