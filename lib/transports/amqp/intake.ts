import type { Channel, ConfirmChannel, ConsumeMessage } from 'amqplib'
import type { Link } from './link.ts'
import { ours } from './protocol.ts'
import { correlationIdOf, publishConfirmed } from './publish.ts'
import { commonReplies } from './queues.ts'
import { receiveRequest, type Answered, type ReceiveContext } from './receive-request.ts'

/** What takes requests in, and lets go of each when its answer is confirmed. */
export interface Intake {
  receive(message: ConsumeMessage): void
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
}

/** Makes the intake of a server. */
export function createIntake(
  context: ReceiveContext,
  { requests, answers, outgoing }: IntakeChannels,
): Intake {
  const { log } = context
  let stopping = false
  let inHand = 0
  let onIdle = (): void => {}
  let common: Promise<unknown> | undefined

  const letGo = (): void => {
    if (--inHand === 0) onIdle()
  }
  const acknowledge = (message: ConsumeMessage): void => {
    try {
      requests.ack(message)
    } catch {
      // The connection is lost: the request comes again.
    }
    letGo()
  }
  const declareCommon = (): Promise<unknown> =>
    (common ??= outgoing
      .aside((channel) => channel.assertQueue(commonReplies, { durable: true }))
      .catch((error: unknown) => log.warn({ error, queue: commonReplies }, 'amqp: not to be declared')))
  const answer = async (message: ConsumeMessage, { body, id }: Answered): Promise<void> => {
    const { replyTo, type } = message.properties as { replyTo?: string; type?: string }
    if (!replyTo) await declareCommon()
    const options = {
      ...correlationIdOf(id),
      contentType: 'application/json',
      ...(type === ours ? { type: ours } : {}),
    }
    publishConfirmed(answers, { queue: replyTo || commonReplies, body, options }, (outcome) => {
      if (outcome === 'refused') log.warn({ id, replyTo }, 'amqp: the broker refused an answer')
      // What is lost comes again, since it is not acknowledged.
      if (outcome === 'lost') letGo()
      else acknowledge(message)
    })
  }
  const work = async (message: ConsumeMessage): Promise<void> => {
    try {
      const answered = await receiveRequest(context, message)
      if (answered) await answer(message, answered)
      else acknowledge(message)
    } catch (error) {
      log.error({ error }, 'amqp: dropped a request that could not be answered')
      acknowledge(message)
    }
  }
  return {
    receive(message) {
      if (stopping) return requests.nack(message, false, true)
      inHand++
      void work(message)
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
