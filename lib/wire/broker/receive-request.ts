import { RpcError } from '../../core/errors.ts'
import { isSingle } from '../../core/kind.ts'
import type { Log } from '../../core/log.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { readEnvelope, type Envelope } from '../session/envelope.ts'
import { labelOf, noMetadata } from '../session/write-envelope.ts'
import { fullReplies } from '../session/write-reply.ts'
import { tooLargeError } from '../too-large.ts'
import { offerText } from './offer.ts'
import type { Running } from './running.ts'
import { serveEvent, serveRequest, type RequestContext } from './serve-request.ts'

/** What a broker has brought from a queue or a topic. */
export interface Delivery {
  readonly bytes: number
  /** Reads it; undefined for what is no UTF-8. */
  text(): string | undefined
  /** Its id, as the broker says it; the envelope has its own. */
  readonly id: string
  /** Whether its sender is one of ours, and takes a header before the answer. */
  readonly negotiated: boolean
  /** Where a stream is to be answered, as the broker says it. */
  readonly replyTo: string
  /** When it must have been answered, in ms since the epoch, where its sender said so beside the envelope. */
  readonly deadline: number | undefined
  /** How often it was handled before. */
  readonly attempts: number
  /** The event that it must be; undefined for requests. */
  readonly event: MethodDescription | undefined
  /** Calls that share it share one limit of running handlers. */
  readonly connection: object
}

/** What has come of a message: it is to be let go behind the answer, if one is due, and behind what its failure asks for. */
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
  /** What the request's envelope says of itself. */
  readonly metadata?: Envelope['metadata']
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
export async function receiveRequest(context: ReceiveContext, delivery: Delivery): Promise<Outcome> {
  const { bytes, event, connection, negotiated } = delivery
  if (bytes > context.maxBodyBytes) {
    const failure = tooLargeError(context.settings.maxMessageBytes)
    if (event) return { failure, description: event }
    const { id } = delivery
    return { answer: { body: fullReplies.failure('response', labelOf('', '', id), failure, noMetadata), id } }
  }
  const text = delivery.text()
  const envelope = text === undefined ? undefined : readEnvelope(text)
  if (text === undefined || !envelope || (event && !isFor(envelope, event))) {
    if (event) return { failure: noEnvelope(event), description: event }
    context.log.warn({ bytes }, `${context.peer.transport}: dropped a message that is no envelope`)
    return {}
  }
  const { type, id, metadata } = envelope
  const description = event ?? context.describe?.find(envelope.service ?? '', envelope.method ?? '')
  const isStream = description !== undefined && !isSingle(description.kind)
  if (type === 'open' || (type === 'request' && negotiated && isStream))
    return {
      answer: { body: offerText(id ?? '', { queue: context.own, reply_to: delivery.replyTo }), id, metadata },
    }
  // An answer that has lost its way, or something of a later version.
  if (type !== 'request') return {}
  const { deadline } = delivery
  const incoming = { envelope, text, bytes, negotiated, description, connection, deadline }
  if (event) {
    const ended = await serveEvent(context, incoming)
    return ended?.failure ? { ...ended, description } : nothing
  }
  const served = await serveRequest(context, incoming, (lifetime) =>
    context.running.begin(id ?? '', lifetime),
  )
  context.running.end(id ?? '')
  if (!served) return nothing
  const { failure, deadline: until } = served
  return { answer: { body: served.text, id, metadata }, failure, description, deadline: until }
}

const nothing: Outcome = {}

function isFor({ type, service, method }: Envelope, event: MethodDescription): boolean {
  return type === 'request' && service === event.service && method === event.name
}

function noEnvelope({ service, name }: MethodDescription): RpcError {
  return new RpcError('INVALID_ARGUMENT', `the message is no envelope of the event "${service}.${name}"`)
}
