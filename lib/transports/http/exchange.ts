import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Call, Invoke, Reply } from '../../core/call.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { takesStream } from '../../core/kind.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { errorToJson } from '../../wire/error-json.ts'
import type { AnswerSink } from './answer-sink.ts'
import { connectionOf } from './connection.ts'
import {
  acceptsEnvelope,
  jsonType,
  mediaType,
  ndjsonType,
  readRequestHead,
  type RequestHead,
  writeReplyHead,
} from './headers.ts'
import { readMessage, readStream, type BodyContext, type OnMessage } from './request-body.ts'
import { statusOfError, unsupportedMediaType } from './status.ts'
import { writeStream } from './stream-response.ts'

/** What a route calls, and how its bodies are read. */
export interface ExchangeContext extends BodyContext {
  readonly invoke: Invoke
  /** Whether the server takes no more calls: replies then close their connection. */
  readonly closing: () => boolean
}

/** The method that a route leads to; without a description nothing but its names is known. */
export interface ExchangeTarget {
  readonly service: string
  readonly method: string
  readonly description: MethodDescription | undefined
  /** Whether the description knows no such method: what its body says does not matter then. */
  readonly unknown?: boolean
}

/** A hundred of metadata, which the server counts by itself, and what clients and proxies send beside them. */
const maxHeaders = 128

/** A request, and its body where it has one. */
export interface Asked {
  readonly raw: IncomingMessage
  readonly body: Readable | undefined
}

/** One request on its way to its answer. */
interface Exchange {
  readonly context: ExchangeContext
  readonly target: ExchangeTarget
  readonly request: Asked
  readonly sink: AnswerSink
}

/**
 * Answers one request: head and body to a call, the reply to a response.
 * With callbacks in place of promises up to the call itself: each promise costs every request.
 */
export function exchange(
  context: ExchangeContext,
  target: ExchangeTarget,
  request: Asked,
  sink: AnswerSink,
): void {
  const one: Exchange = { context, target, request, sink }
  try {
    // Before the body: the time that it takes counts, and a bad head is refused without it.
    const head = readHead(one)
    readInput(one, (error, input) => {
      if (error === undefined) answer(one, head, input)
      else writeFailure(one, toRpcError(error))
    })
  } catch (error) {
    writeFailure(one, toRpcError(error))
  }
}

function readInput({ context, target, request }: Exchange, onInput: OnMessage): void {
  const { description, unknown } = target
  const { headers } = request.raw
  const contentLength = headers['content-length']
  const { body } = request
  if (body === undefined || contentLength === '0') return onInput(undefined)
  // Read for the connection's sake alone, which can then be used again.
  if (unknown) return readMessage(body, { type: '', contentLength }, context, () => onInput(undefined))
  const type = mediaType(headers['content-type'])
  if (type !== jsonType && type !== ndjsonType) throw unsupportedMediaType(type)
  const streams = description ? takesStream(description.kind) : type === ndjsonType
  if (streams) onInput(undefined, readStream(body, type, context))
  else readMessage(body, { type, contentLength }, context, onInput)
}

function readHead({ request: { raw } }: Exchange): RequestHead {
  // Names and values, one after the other.
  if (raw.rawHeaders.length > 2 * maxHeaders) {
    throw new RpcError('RESOURCE_EXHAUSTED', `more than ${maxHeaders} headers`, {
      reason: 'TOO_MANY_HEADERS',
    })
  }
  return readRequestHead(raw.headers)
}

function answer(one: Exchange, { metadata, deadline }: RequestHead, input: unknown): void {
  const { service, method, description } = one.target
  const connection = connectionOf(one.request.raw.socket)
  const { peer } = connection
  const call = createCall({
    service,
    method,
    kind: description?.kind,
    input,
    metadata,
    deadline,
    peer,
    connection,
  })
  connection.attach(call)
  const fail = (error: unknown): void => {
    connection.detach(call)
    writeFailure(one, toRpcError(error))
  }
  const write = (reply: Reply): void => {
    if (isIterable(reply.output)) {
      void writeStreamReply(one, call, reply).finally(() => connection.detach(call))
      return
    }
    try {
      writeReply(one, reply)
      connection.detach(call)
    } catch (error) {
      fail(error)
    }
  }
  one.context.invoke(call).then(write, fail)
}

function writeReply(
  { context, target: { description }, sink }: Exchange,
  { output, header, trailer }: Reply,
): void {
  const headers: OutgoingHttpHeaders = { 'content-type': jsonType }
  writeReplyHead((name, value) => (headers[name] = value), header, trailer)
  if (context.closing()) headers['connection'] = 'close'
  sink.send(
    200,
    headers,
    description ? description.compiled.output.stringify(output) : JSON.stringify(output ?? {}),
  )
}

function writeStreamReply(
  { context, target: { description }, request, sink }: Exchange,
  call: Call,
  reply: Reply,
): Promise<void> {
  const headers = sink.takeOver()
  if (context.closing()) headers['connection'] = 'close'
  return writeStream(sink.raw, call, reply, {
    envelope: acceptsEnvelope(request.raw.headers.accept),
    stringify: description ? description.compiled.output.stringify : JSON.stringify,
    pingIntervalMs: context.settings.pingIntervalMs,
    headers,
  })
}

function writeFailure({ context, request, sink }: Exchange, error: RpcError): void {
  const headers: OutgoingHttpHeaders = { 'content-type': jsonType }
  // A body that is still coming would hold the connection: it ends with this answer.
  if (context.closing() || !request.raw.complete) headers['connection'] = 'close'
  sink.send(statusOfError(error), headers, JSON.stringify(errorToJson(error)))
}
