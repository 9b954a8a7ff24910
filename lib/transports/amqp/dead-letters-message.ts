import { createHash } from 'node:crypto'
import type { ConsumeMessage, Options } from 'amqplib'
import { readDeadError, readTime, type DeadLetter } from '../../wire/broker/dead-letters.ts'
import {
  attemptsHeader,
  deadlineHeader,
  errorHeader,
  exchangeHeader,
  failedAtHeader,
  queueHeader,
  routingKeyHeader,
} from './protocol.ts'

/** A message of a queue of dead letters, as all brokers have them. What its headers do not say, or in no way that can be read, is left out. */
export function letterOf(message: ConsumeMessage): DeadLetter {
  const { content, properties } = message
  const headers = headersOf(message)
  const attempts = headers[attemptsHeader]
  return {
    id: textOf(properties.correlationId) ?? digestOf(content),
    error: readDeadError(headers[errorHeader]),
    attempts:
      typeof attempts === 'number' && Number.isSafeInteger(attempts) && attempts >= 0 ? attempts : undefined,
    failedAt: readTime(headers[failedAtHeader]),
    sentTo: sentTo(headers),
    content,
    isReplayed: false,
  }
}

/** How often it was given out before and put back, where the queue counts that (quorum). */
export function timesGivenOut(message: ConsumeMessage): number {
  const { 'x-delivery-count': failed, 'x-acquired-count': taken } = headersOf(message)
  return Math.max(Number(failed) || 0, Number(taken) || 0)
}

/** What says of a message that it failed, and when its caller stopped waiting: a server would drop it unrun. */
const ofTheFailure = new Set([attemptsHeader, deadlineHeader, errorHeader, failedAtHeader, queueHeader])

/** With what it goes back: as if it had never been handled. Where it was sent first still stands in its headers. */
export function replayOptions(message: ConsumeMessage): Options.Publish {
  return optionsWith(message, (name) => !ofTheFailure.has(name))
}

/** With what it goes back into its own queue, as a message that was never given out. */
export function copyOptions(message: ConsumeMessage): Options.Publish {
  return optionsWith(message, () => true)
}

function optionsWith(message: ConsumeMessage, keeps: (header: string) => boolean): Options.Publish {
  const { correlationId, replyTo, type, contentType, messageId, priority, timestamp } = message.properties
  // What begins so is the broker's own, of one delivery.
  const headers = Object.entries(headersOf(message)).filter(([name]) => !name.startsWith('x-') && keeps(name))
  const kept = { correlationId, replyTo, type, contentType, messageId, priority, timestamp } as Record<
    string,
    unknown
  >
  return {
    ...(Object.fromEntries(
      Object.entries(kept).filter(([, value]) => value !== undefined),
    ) as Options.Publish),
    headers: Object.fromEntries(headers),
    persistent: true,
    mandatory: true,
  }
}

function headersOf({ properties }: ConsumeMessage): Readonly<Record<string, unknown>> {
  return Object(properties.headers) as Readonly<Record<string, unknown>>
}

function sentTo(headers: Readonly<Record<string, unknown>>): DeadLetter['sentTo'] {
  const exchange = headers[exchangeHeader]
  const routingKey = textOf(headers[routingKeyHeader])
  return {
    // The default one has no name.
    ...(typeof exchange === 'string' && exchange !== '' && { exchange }),
    ...(routingKey !== undefined && { routingKey }),
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** What a message without an id is known by. */
function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}
