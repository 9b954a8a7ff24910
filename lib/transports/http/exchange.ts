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
import { connectionOf, type Connection } from './connection.ts'
import { acceptsEnvelope, jsonType, mediaType, ndjsonType, readRequestHead, writeReplyHead } from './headers.ts'
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
}

/** A hundred of metadata, which the server counts by itself, and what clients and proxies send beside them. */
const maxHeaders = 128

/**
 * Answers one request: head and body to a call, the reply to a response.
 * With callbacks in place of promises up to the call itself: each promise costs every request.
 */
export function exchange(context: ExchangeContext, target: ExchangeTarget, request: FastifyRequest, response: FastifyReply): void {
  const fail = (error: unknown): void => writeFailure(context, toRpcError(error), request, response)
  const begin = (input: unknown): void => {
    const connection = connectionOf(request.raw.socket)
    const call = readCall(target, request, input, connection)
    connection.attach(call)
    const end = (): void => connection.detach(call)
    const answer = (reply: Reply): void => {
      if (isIterable(reply.output)) writeStreamReply(context, target, call, reply, request, response).then(end, end)
      else {
        end()
        writeReply(context, target, reply, response)
      }
    }
    context
      .invoke(call)
      .then(answer)
      .catch((error: unknown) => {
        end()
        fail(error)
      })
  }
  try {
    readInput(context, target, request, (error, input) => {
      if (error !== undefined) return fail(error)
      try {
        begin(input)
      } catch (failure) {
        fail(failure)
      }
    })
  } catch (error) {
    fail(error)
  }
}

function readCall({ service, method, description }: ExchangeTarget, { raw }: FastifyRequest, input: unknown, connection: Connection): Call {
  // Names and values, one after the other.
  if (raw.rawHeaders.length > 2 * maxHeaders) {
    throw new RpcError('RESOURCE_EXHAUSTED', `more than ${maxHeaders} headers`, { reason: 'TOO_MANY_HEADERS' })
  }
  const { metadata, deadline } = readRequestHead(raw.headers)
  return createCall({ service, method, kind: description?.kind, input, metadata, deadline, peer: connection.peer, connection })
}

function readInput(context: ExchangeContext, { description }: ExchangeTarget, request: FastifyRequest, onInput: OnMessage): void {
  const { headers } = request.raw
  const contentLength = headers['content-length']
  // No body at all: fastify leaves it undefined when there is neither a length nor chunks.
  const body = request.body as Readable | undefined
  if (body === undefined || contentLength === '0') return onInput(undefined)
  const type = mediaType(headers['content-type'])
  if (type !== jsonType && type !== ndjsonType) throw unsupportedMediaType(type)
  const streams = description ? takesStream(description.kind) : type === ndjsonType
  if (streams) onInput(undefined, readStream(body, type, context))
  else readMessage(body, { type, contentLength }, context, onInput)
}

function writeReply(context: ExchangeContext, { description }: ExchangeTarget, reply: Reply, response: FastifyReply): void {
  const { output, header, trailer } = reply
  writeReplyHead((name, value) => response.header(name, value), header, trailer)
  if (context.closing()) response.header('connection', 'close')
  const text = description ? description.compiled.output.stringify(output) : JSON.stringify(output ?? {})
  response.header('content-type', jsonType).send(text)
}

async function writeStreamReply(
  context: ExchangeContext,
  { description }: ExchangeTarget,
  call: Call,
  reply: Reply,
  request: FastifyRequest,
  response: FastifyReply,
): Promise<void> {
  const envelope = acceptsEnvelope(request.raw.headers.accept)
  const stringify = description ? description.compiled.output.stringify : JSON.stringify
  if (context.closing()) response.header('connection', 'close')
  // What hooks of the surrounding fastify have set, CORS for one, goes out too.
  response.hijack()
  const { pingIntervalMs } = context.settings
  await writeStream(response.raw, response.getHeaders() as OutgoingHttpHeaders, call, reply, { envelope, stringify, pingIntervalMs })
}

function writeFailure(context: ExchangeContext, error: RpcError, request: FastifyRequest, response: FastifyReply): void {
  // A body that is still coming would hold the connection: it ends with this answer.
  if (context.closing() || !request.raw.complete) response.header('connection', 'close')
  response.code(statusOfError(error)).header('content-type', jsonType).send(JSON.stringify(errorToJson(error)))
}
