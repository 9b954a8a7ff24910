import type { FastifyReply, FastifyRequest } from 'fastify'
import type { OutgoingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { Call, Invoke, Reply } from '../../core/call.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { takesStream } from '../../core/kind.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { errorToJson } from '../../wire/error-json.ts'
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

/** One request on its way to its answer. */
interface Exchange {
  readonly context: ExchangeContext
  readonly target: ExchangeTarget
  readonly request: FastifyRequest
  readonly response: FastifyReply
}

/**
 * Answers one request: head and body to a call, the reply to a response.
 * With callbacks in place of promises up to the call itself: each promise costs every request.
 */
export function exchange(
  context: ExchangeContext,
  target: ExchangeTarget,
  request: FastifyRequest,
  response: FastifyReply,
): void {
  const one: Exchange = { context, target, request, response }
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
  // No body at all: fastify leaves it undefined when there is neither a length nor chunks.
  const body = request.body as Readable | undefined
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
  { context, target: { description }, response }: Exchange,
  { output, header, trailer }: Reply,
): void {
  writeReplyHead((name, value) => void response.header(name, value), header, trailer)
  if (context.closing()) response.header('connection', 'close')
  response.header('content-type', jsonType)
  void response.send(
    description ? description.compiled.output.stringify(output) : JSON.stringify(output ?? {}),
  )
}

function writeStreamReply(
  { context, target: { description }, request, response }: Exchange,
  call: Call,
  reply: Reply,
): Promise<void> {
  if (context.closing()) response.header('connection', 'close')
  response.hijack()
  return writeStream(response.raw, call, reply, {
    envelope: acceptsEnvelope(request.raw.headers.accept),
    stringify: description ? description.compiled.output.stringify : JSON.stringify,
    pingIntervalMs: context.settings.pingIntervalMs,
    // What hooks of the surrounding fastify have set, CORS for one, goes out too.
    headers: response.getHeaders() as OutgoingHttpHeaders,
  })
}

function writeFailure({ context, request, response }: Exchange, error: RpcError): void {
  // A body that is still coming would hold the connection: it ends with this answer.
  if (context.closing() || !request.raw.complete) response.header('connection', 'close')
  void response
    .code(statusOfError(error))
    .header('content-type', jsonType)
    .send(JSON.stringify(errorToJson(error)))
}
