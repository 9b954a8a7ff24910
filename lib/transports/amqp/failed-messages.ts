import { setTimeout as pause } from 'node:timers/promises'
import type { ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import type { RpcError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { attemptsHeader, deadHeaders, exchangeHeader, routingKeyHeader } from './protocol.ts'
import type { Link } from './link.ts'
import { publishConfirmed } from './publish.ts'

/** Sends messages that failed where they belong. Each resolves with whether the broker has it: else it is still where it was. */
export interface FailedMessages {
  /** Lets it come again behind a pause, as one that was handled so many times. */
  retry(failed: Failed, delayMs: number): Promise<boolean>
  /** Puts it aside, with what it failed with. */
  bury(failed: Failed, error: RpcError): Promise<boolean>
}

/** A message that failed. */
export interface Failed {
  readonly message: ConsumeMessage
  /** Where it came from. */
  readonly queue: string
  /** How often it was handled. */
  readonly attempts: number
}

/** What failed messages are sent with. */
export interface FailedMessagesOptions {
  readonly outgoing: Link
  readonly answers: ConfirmChannel
  readonly quorum: boolean
  readonly log: Log
}

/** Where it cannot be sent it goes back, not at once: it would come again and again. In ms. */
const troublePauseMs = 1_000

/** Makes the way of failed messages. */
export function createFailedMessages({
  outgoing,
  answers,
  quorum,
  log,
}: FailedMessagesOptions): FailedMessages {
  const send = async (
    { message, queue, attempts }: Failed,
    to: string,
    args: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, unknown>>,
  ): Promise<boolean> => {
    const { content, properties, fields } = message
    try {
      // Each time: who deleted it would have deleted what goes there.
      await outgoing.aside((channel) => channel.assertQueue(to, { durable: true, arguments: { ...args } }))
      const options: Options.Publish = {
        ...kept(properties),
        persistent: true,
        mandatory: true,
        headers: {
          // Where it was sent first, however often it has gone round.
          [exchangeHeader]: fields.exchange,
          [routingKeyHeader]: fields.routingKey,
          ...withoutDelivery(properties.headers),
          [attemptsHeader]: attempts,
          ...headers,
        },
      }
      const outcome = await new Promise((resolve) =>
        publishConfirmed(answers, { queue: to, body: content, options }, resolve),
      )
      if (outcome === 'confirmed') return true
      throw new Error(`the message was ${String(outcome)}`)
    } catch (error) {
      log.error({ error, queue, to }, 'amqp: a failed message could not be moved; it stays in its queue')
      await pause(troublePauseMs, undefined, { ref: false })
      return false
    }
  }
  return {
    retry: (failed, delayMs) =>
      send(
        failed,
        `${failed.queue}.retry.${delayMs}`,
        {
          'x-message-ttl': delayMs,
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': failed.queue,
          // By default a message that moves on may be lost with the node that moves it.
          ...(quorum
            ? {
                'x-queue-type': 'quorum',
                'x-dead-letter-strategy': 'at-least-once',
                'x-overflow': 'reject-publish',
              }
            : {}),
        },
        {},
      ),
    bury: (failed, error) =>
      send(
        failed,
        `${failed.queue}.dead`,
        quorum ? { 'x-queue-type': 'quorum' } : {},
        deadHeaders(failed.queue, error),
      ),
  }
}

/** What of a message's properties goes with it: not how long it may wait. */
function kept({
  correlationId,
  replyTo,
  type,
  contentType,
  messageId,
  priority,
}: ConsumeMessage['properties']): Options.Publish {
  const all = { correlationId, replyTo, type, contentType, messageId, priority } as Record<string, unknown>
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** Without what the broker itself counts of one delivery. */
function withoutDelivery(headers: object | undefined): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => !name.startsWith('x-')))
}
