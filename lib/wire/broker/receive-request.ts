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
import { serveEvent, serveRequest, type Ended, type Incoming, type RequestContext } from './serve-request.ts'

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

/**
 * What has come of a message: it is to be let go behind the answer, if one is due, and behind what its failure asks for.
 * There is no answer to an event, nor where nobody waits any more.
 */
export interface Outcome extends Ended {
  readonly answer?: Answer
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
// Not async: each promise less is a tenth of an event.
export function receiveRequest(context: ReceiveContext, delivery: Delivery): Outcome | Promise<Outcome> {
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
    return nothing
  }
  const { type, id, metadata } = envelope
  const description = event ?? context.describe?.find(envelope.service ?? '', envelope.method ?? '')
  const isStream = description !== undefined && !isSingle(description.kind)
  if (type === 'open' || (type === 'request' && negotiated && isStream))
    return {
      answer: { body: offerText(id ?? '', { queue: context.own, reply_to: delivery.replyTo }), id, metadata },
    }
  // An answer that has lost its way, or something of a later version.
  if (type !== 'request') return nothing
  const { deadline } = delivery
  const incoming = { envelope, text, bytes, negotiated, description, connection, deadline }
  return event ? serveEvent(context, incoming) : answered(context, incoming)
}

const nothing: Outcome = {}

async function answered(context: ReceiveContext, incoming: Incoming): Promise<Outcome> {
  const { id, metadata } = incoming.envelope
  const served = await serveRequest(context, incoming, (lifetime) =>
    context.running.begin(id ?? '', lifetime),
  )
  context.running.end(id ?? '')
  if (!served) return nothing
  const { text: body, failure, deadline, description } = served
  return { answer: { body, id, metadata }, failure, deadline, description }
}

function isFor({ type, service, method }: Envelope, event: MethodDescription): boolean {
  return type === 'request' && service === event.service && method === event.name
}

function noEnvelope({ service, name }: MethodDescription): RpcError {
  return new RpcError('INVALID_ARGUMENT', `the message is no envelope of the event "${service}.${name}"`)
}
