import { createCall } from '../../core/create-call.ts'
import type { Call, Invoke, Reply } from '../../core/call.ts'
import type { Peer } from '../../core/context.ts'
import type { Lifetime } from '../../core/lifetime.ts'
import { toRpcError, type RpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { takesStream } from '../../core/kind.ts'
import type { Description, MethodDescription } from '../../core/transport.ts'
import { readHead } from '../session/call-head.ts'
import type { Envelope } from '../session/envelope.ts'
import { refusedPayload } from '../session/refused-payload.ts'
import type { SessionSettings } from '../session/port.ts'
import { headerText, outputText, trailerText } from '../session/reply-text.ts'
import { labelOf, noMetadata, type Label } from '../session/write-envelope.ts'
import { fullReplies, shortReplies } from '../session/write-reply.ts'
import { wholeStream } from './whole-stream.ts'

/** What all requests of a server share. */
export interface RequestContext {
  /** What calls say of where they came from. */
  readonly peer: Peer
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly settings: SessionSettings
  /** A key of the metadata that is the transport's own, and not shown to handlers. */
  readonly hiddenMetadata?: string
}

/** A request, as a broker has brought it. */
export interface Incoming {
  readonly envelope: Envelope
  readonly text: string
  readonly bytes: number
  /** Whether its sender is one of ours, and takes a header before the answer. */
  readonly negotiated: boolean
  readonly description: MethodDescription | undefined
  /** Calls that share it share one limit of running handlers. */
  readonly connection: object
  /** When it must have been answered, in ms since the epoch, where its sender said so beside the envelope. */
  readonly deadline: number | undefined
}

/** What a message came to. */
export interface Ended {
  /** What it failed with, if it did. */
  readonly failure?: RpcError | undefined
  /** When it had to be answered, in ms since the epoch. */
  readonly deadline?: number | undefined
  /** The method that it was for. */
  readonly description?: MethodDescription | undefined
}

/** What a request came to. */
export interface Served extends Ended {
  /** The answer's envelopes, one a line. */
  readonly text: string
}

/** Where the call is told of, to be cancelled. */
export type Began = (lifetime: Lifetime) => void

/** Runs an event, which nobody waits for, and not where its time was over on arrival. Never rejects. */
export async function serveEvent(context: RequestContext, incoming: Incoming): Promise<Ended> {
  let call: Call | undefined
  try {
    call = callOf(context, incoming)
    if (call) await context.invoke(call)
    return handled
  } catch (error) {
    return { failure: toRpcError(error), deadline: call?.deadline, description: incoming.description }
  }
}

const handled: Ended = {}

/**
 * Runs a request whole: a stream comes and goes as an array. Resolves with nothing where its time was over on
 * arrival, and it did not run. Never rejects.
 */
export async function serveRequest(
  context: RequestContext,
  incoming: Incoming,
  began: Began,
): Promise<Served | undefined> {
  const { envelope, negotiated } = incoming
  const { service, method, id } = envelope
  const label = labelOf(service ?? '', method ?? '', id ?? '')
  const writer = negotiated ? shortReplies : fullReplies
  const { maxMessageBytes } = context.settings
  let call: Call | undefined
  try {
    call = callOf(context, incoming)
    if (!call) return undefined
    began(call.lifetime)
    const { description } = incoming
    const reply = await context.invoke(call)
    const payload = isIterable(reply.output)
      ? await wholeStream(
          reply.output,
          (item) => outputText(description, item, maxMessageBytes),
          maxMessageBytes,
        )
      : outputText(description, reply.output, maxMessageBytes)
    return { text: answerText(label, reply, payload, negotiated) }
  } catch (error) {
    const failure = toRpcError(error)
    const text = writer.failure('response', label, failure, noMetadata)
    return { text, failure, deadline: call?.deadline, description: incoming.description }
  }
}

/** The call that a message asks for; nothing where its time is over. Throws the RpcError by which it is refused. */
function callOf(context: RequestContext, incoming: Incoming): Call | undefined {
  const { envelope, description } = incoming
  const { settings, hiddenMetadata, peer } = context
  const refusal = refusedPayload(incoming.text, incoming.bytes, envelope, settings)
  if (refusal) throw refusal
  const { metadata, timeoutMs } = readHead(envelope.metadata)
  if (hiddenMetadata !== undefined) metadata?.delete(hiddenMetadata)
  const now = settings.clock.now()
  const deadline = earliest(timeoutMs === undefined ? undefined : now + timeoutMs, incoming.deadline)
  if (deadline !== undefined && deadline <= now) return undefined
  return createCall({
    service: envelope.service ?? '',
    method: envelope.method ?? '',
    kind: description?.kind,
    input: inputOf(envelope.payload, description),
    metadata,
    deadline,
    id: envelope.id ?? '',
    peer,
    connection: incoming.connection,
  })
}

function answerText(label: Label, reply: Reply, payload: string, negotiated: boolean): string {
  const writer = negotiated ? shortReplies : fullReplies
  const text = writer.response(label, payload, trailerText(reply, negotiated))
  const header = headerText(label, reply, false, negotiated)
  return header === undefined ? text : `${header}\n${text}`
}

function inputOf(payload: unknown, description: MethodDescription | undefined): unknown {
  if (!takesStream(description?.kind)) return payload ?? {}
  // One array is the stream, whole; null, `{}` or nothing is an empty one.
  if (Array.isArray(payload)) return payload
  const isNothing = typeof payload !== 'object' || payload === null || Object.keys(payload).length === 0
  return isNothing ? [] : payload
}

function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return Math.min(a, b)
}
