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
import { acceptsEnvelope, jsonType, mediaType, ndjsonType, readRequestHead, writeReplyHead } from './headers.ts'
import { readMessage, readStream, type BodyContext } from './request-body.ts'
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
}

/** Answers one request: head and body to a call, the reply to a response. */
export async function exchange(
  context: ExchangeContext,
  target: ExchangeTarget,
  request: FastifyRequest,
  response: FastifyReply,
): Promise<FastifyReply> {
  let call: Call | undefined
  try {
    call = await readCall(context, target, request)
    const reply = await context.invoke(call)
    if (isIterable(reply.output)) return await writeStreamReply(context, target, call, reply, request, response)
    return writeReply(context, target, reply, response)
  } catch (error) {
    return writeFailure(context, toRpcError(error), request, response)
  }
}

async function readCall(context: ExchangeContext, target: ExchangeTarget, request: FastifyRequest): Promise<Call> {
  const { raw } = request
  const connection = connectionOf(raw.socket)
  if (raw.rawHeaders.length > 200) {
    throw new RpcError('RESOURCE_EXHAUSTED', 'more than 100 headers', { reason: 'TOO_MANY_HEADERS' })
  }
  const { metadata, deadline } = readRequestHead(raw.headers)
  const input = await readInput(context, target, request)
  const { service, method, description } = target
  const { peer } = connection
  const call = createCall({ service, method, kind: description?.kind, input, metadata, deadline, peer, connection })
  connection.attach(call)
  return call
}

function readInput(context: ExchangeContext, { description }: ExchangeTarget, request: FastifyRequest): unknown {
  const { headers } = request.raw
  const type = mediaType(headers['content-type'])
  // No body at all: fastify leaves it undefined when there is neither a length nor chunks.
  const body = request.body as Readable | undefined
  if (body === undefined || headers['content-length'] === '0') return undefined
  if (type !== jsonType && type !== ndjsonType) throw unsupportedMediaType(type)
  const streams = description ? takesStream(description.kind) : type === ndjsonType
  return streams ? readStream(body, type, context) : readMessage(body, type, headers['content-length'], context)
}

function writeReply(context: ExchangeContext, { description }: ExchangeTarget, reply: Reply, response: FastifyReply): FastifyReply {
  const { output, header, trailer } = reply
  writeReplyHead((name, value) => response.header(name, value), header, trailer)
  if (context.closing()) response.header('connection', 'close')
  const text = description ? description.compiled.output.stringify(output) : JSON.stringify(output ?? {})
  return response.header('content-type', jsonType).send(text)
}

async function writeStreamReply(
  context: ExchangeContext,
  { description }: ExchangeTarget,
  call: Call,
  reply: Reply,
  request: FastifyRequest,
  response: FastifyReply,
): Promise<FastifyReply> {
  const envelope = acceptsEnvelope(request.raw.headers.accept)
  const stringify = description ? description.compiled.output.stringify : JSON.stringify
  if (context.closing()) response.header('connection', 'close')
  // What hooks of the surrounding fastify have set, CORS for one, goes out too.
  response.hijack()
  const { pingIntervalMs } = context.settings
  await writeStream(response.raw, response.getHeaders() as OutgoingHttpHeaders, call, reply, { envelope, stringify, pingIntervalMs })
  return response
}

function writeFailure(context: ExchangeContext, error: RpcError, request: FastifyRequest, response: FastifyReply): FastifyReply {
  // A body that is still coming would hold the connection: it ends with this answer.
  if (context.closing() || !request.raw.complete) response.header('connection', 'close')
  return response.code(statusOfError(error)).header('content-type', jsonType).send(JSON.stringify(errorToJson(error)))
}
