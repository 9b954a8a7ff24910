import { isUtf8 } from 'node:buffer'
import type { ConsumeMessage } from 'amqplib'
import type { Log } from '../../core/log.ts'
import { readEnvelope, type Envelope } from '../../wire/session/envelope.ts'
import { labelOf, noMetadata } from '../../wire/session/write-envelope.ts'
import { fullReplies } from '../../wire/session/write-reply.ts'
import { tooLargeError } from '../../wire/too-large.ts'
import { offerText, readDeadline } from './message.ts'
import { ours } from './protocol.ts'
import type { Running } from './running.ts'
import { serveRequest, type RequestContext } from './serve-request.ts'

/** What comes of a message in a queue of requests. */
export interface Answered {
  readonly body: string
  readonly id: string | null | undefined
}

/** What all messages are received with. */
export interface ReceiveContext extends RequestContext {
  readonly running: Running
  /** Where the streams of this server go. */
  readonly own: string
  /** A body past this is not even looked into. */
  readonly maxBodyBytes: number
  readonly log: Log
}

/** Does what a message asks for. Resolves with its answer, or with nothing where none is due: it is to be acknowledged. */
export async function receiveRequest(
  context: ReceiveContext,
  { content, properties }: ConsumeMessage,
): Promise<Answered | undefined> {
  if (content.length > context.maxBodyBytes) {
    const id = String(properties.correlationId ?? '')
    const error = tooLargeError(context.settings.maxMessageBytes)
    return { body: fullReplies.failure('response', labelOf('', '', id), error, noMetadata), id }
  }
  const text = isUtf8(content) ? content.toString() : undefined
  const envelope = text === undefined ? undefined : readEnvelope(text)
  if (text === undefined || !envelope) {
    context.log.warn({ bytes: content.length }, 'amqp: dropped a message that is no envelope')
    return undefined
  }
  const { type, id } = envelope
  const negotiated = properties.type === ours
  if (type === 'open' || (type === 'request' && negotiated && isStream(context, envelope))) {
    const offer = { queue: context.own, reply_to: String(properties.replyTo ?? '') }
    return { body: offerText(id ?? '', offer), id }
  }
  // An answer that has lost its way, or something of a later version.
  if (type !== 'request') return undefined
  const deadline = readDeadline(properties.headers)
  const incoming = { envelope, text, bytes: content.length, negotiated, deadline }
  const body = await serveRequest(context, incoming, (lifetime) => context.running.begin(id ?? '', lifetime))
  context.running.end(id ?? '')
  return body === undefined ? undefined : { body, id }
}

function isStream({ describe }: ReceiveContext, { service, method }: Envelope): boolean {
  const description = describe?.find(service ?? '', method ?? '')
  return description !== undefined && description.kind !== 'unary'
}
