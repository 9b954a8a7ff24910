import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Readable } from 'node:stream'
import { RpcError, toRpcError } from '../../core/errors.ts'
import type { Description } from '../../core/transport.ts'
import { errorToJson } from '../../wire/error-json.ts'
import { replySink } from './answer-sink.ts'
import { exchange, type ExchangeContext, type ExchangeTarget } from './exchange.ts'
import { jsonType, ndjsonType } from './headers.ts'
import { statusOfError, unsupportedMediaType } from './status.ts'

/** Adds `POST /{service}/{method}` for every method, and one answer for all others. The caller gives it a scope of its own. */
export function registerRoutes(
  fastify: FastifyInstance,
  context: ExchangeContext,
  describe: Description | undefined,
): void {
  const run = (target: ExchangeTarget, request: FastifyRequest, reply: FastifyReply): void =>
    // No body at all: fastify leaves it undefined when there is neither a length nor chunks.
    exchange(
      context,
      target,
      { raw: request.raw, body: request.body as Readable | undefined },
      replySink(reply),
    )

  // Bodies are read here and not by fastify: streams item by item, messages without its coercion.
  fastify.removeAllContentTypeParsers()
  // By name beside the star, which has fastify take every content type apart.
  for (const type of [jsonType, ndjsonType, '*']) {
    fastify.addContentTypeParser(
      type,
      (_request: FastifyRequest, payload: unknown, done: (error: null, body: unknown) => void) =>
        done(null, payload),
    )
  }
  fastify.setErrorHandler((error, _request, response) => answerFastifyError(error, response))

  for (const description of describe?.methods ?? []) {
    const { service, name: method } = description
    fastify.post(`/${service}/${method}`, (request, reply) =>
      run({ service, method, description }, request, reply),
    )
  }
  fastify.post<{ Params: { service: string; method: string } }>('/:service/:method', (request, response) => {
    const { service, method } = request.params
    run({ service, method, description: undefined, unknown: describe !== undefined }, request, response)
  })
  fastify.setNotFoundHandler((request, response) =>
    sendError(
      response,
      new RpcError(
        'UNIMPLEMENTED',
        `${request.method} ${request.url}: methods are called with POST /{service}/{method}`,
        { reason: 'UNKNOWN_METHOD' },
      ),
    ),
  )
}

/** Answers what fastify itself refused in the shape that all failures have. */
export function answerFastifyError(error: unknown, response: FastifyReply): void {
  sendError(response, fromFastify(error))
}

function sendError(response: FastifyReply, error: RpcError): FastifyReply {
  return response
    .code(statusOfError(error))
    .header('content-type', jsonType)
    .send(JSON.stringify(errorToJson(error)))
}

function fromFastify(error: unknown): RpcError {
  const { statusCode, code } = error as { statusCode?: number; code?: string }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return unsupportedMediaType('')
  if (code === 'FST_ERR_MAX_PARAM_LENGTH')
    return new RpcError('UNIMPLEMENTED', 'no method has a name that long', { reason: 'UNKNOWN_METHOD' })
  if (statusCode !== undefined && statusCode < 500)
    return new RpcError('INVALID_ARGUMENT', (error as Error).message)
  return toRpcError(error)
}
