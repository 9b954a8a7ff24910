import { isUtf8 } from 'node:buffer'
import type { ConsumeMessage } from 'amqplib'
import { RpcError } from '../../core/errors.ts'
import { isSingle } from '../../core/kind.ts'
import type { Log } from '../../core/log.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { readEnvelope, type Envelope } from '../../wire/session/envelope.ts'
import { labelOf, noMetadata } from '../../wire/session/write-envelope.ts'
import { fullReplies } from '../../wire/session/write-reply.ts'
import { tooLargeError } from '../../wire/too-large.ts'
import { offerText, readDeadline } from './message.ts'
import { ours } from './protocol.ts'
import type { Running } from './running.ts'
import { serveRequest, type RequestContext } from './serve-request.ts'
import type { Source } from './sources.ts'

/** What has come of a message: it is to be acknowledged behind the answer, if one is due, and behind what its failure asks for. */
export interface Outcome {
  /** Nothing for an event, and where nobody waits any more. */
  readonly answer?: Answer
  readonly failure?: RpcError | undefined
  /** What its policy is read from. */
  readonly description?: MethodDescription | undefined
  /** Behind this nobody waits any more, in ms since the epoch. */
  readonly deadline?: number | undefined
}

/** What goes back to a caller. */
export interface Answer {
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

/** Does what a message asks for. Never rejects. */
export async function receiveRequest(
  context: ReceiveContext,
  { content, properties }: ConsumeMessage,
  { event, connection }: Source,
): Promise<Outcome> {
  if (content.length > context.maxBodyBytes) {
    const failure = tooLargeError(context.settings.maxMessageBytes)
    if (event) return { failure, description: event }
    const id = String(properties.correlationId ?? '')
    return { answer: { body: fullReplies.failure('response', labelOf('', '', id), failure, noMetadata), id } }
  }
  const text = isUtf8(content) ? content.toString() : undefined
  const envelope = text === undefined ? undefined : readEnvelope(text)
  if (text === undefined || !envelope || (event && !isFor(envelope, event))) {
    if (event) return { failure: noEnvelope(event), description: event }
    context.log.warn({ bytes: content.length }, 'amqp: dropped a message that is no envelope')
    return {}
  }
  const { type, id } = envelope
  const negotiated = properties.type === ours
  const description = event ?? context.describe?.find(envelope.service ?? '', envelope.method ?? '')
  const isStream = description !== undefined && !isSingle(description.kind)
  if (type === 'open' || (type === 'request' && negotiated && isStream)) {
    const offer = { queue: context.own, reply_to: String(properties.replyTo ?? '') }
    return { answer: { body: offerText(id ?? '', offer), id } }
  }
  // An answer that has lost its way, or something of a later version.
  if (type !== 'request') return {}
  const deadline = readDeadline(properties.headers)
  const incoming = { envelope, text, bytes: content.length, negotiated, description, connection, deadline }
  const served = await serveRequest(context, incoming, (lifetime) =>
    context.running.begin(id ?? '', lifetime),
  )
  context.running.end(id ?? '')
  if (!served) return {}
  const { failure, deadline: until } = served
  return event
    ? { failure, description, deadline: until }
    : { answer: { body: served.text, id }, failure, description, deadline: until }
}

function isFor({ type, service, method }: Envelope, event: MethodDescription): boolean {
  return type === 'request' && service === event.service && method === event.name
}

function noEnvelope({ service, name }: MethodDescription): RpcError {
  return new RpcError('INVALID_ARGUMENT', `the message is no envelope of the event "${service}.${name}"`)
}
