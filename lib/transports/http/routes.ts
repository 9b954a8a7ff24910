import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Invoke } from '../../core/call.ts'
import { createDeadlines } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import type { Description } from '../../core/transport.ts'
import { errorToJson } from '../../wire/error-json.ts'
import { exchange, type ExchangeContext, type ExchangeTarget } from './exchange.ts'
import { jsonType, ndjsonType } from './headers.ts'
import type { HttpSettings } from './options.ts'
import { statusOfError, unsupportedMediaType } from './status.ts'

/** What {@link registerRoutes} puts behind its routes. */
export interface RouteOptions {
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly settings: HttpSettings
  readonly closing: () => boolean
}

/** Adds `POST /{service}/{method}` for every method, and one answer for all others. The caller gives it a scope of its own. */
export function registerRoutes(
  fastify: FastifyInstance,
  { invoke, describe, settings, closing }: RouteOptions,
): void {
  const context: ExchangeContext = { invoke, settings, closing, deadlines: createDeadlines() }
  const route = (target: ExchangeTarget) => (request: FastifyRequest, response: FastifyReply) =>
    exchange(context, target, request, response)

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
    fastify.post(`/${service}/${method}`, route({ service, method, description }))
  }
  fastify.post<{ Params: { service: string; method: string } }>('/:service/:method', (request, response) => {
    const { service, method } = request.params
    return exchange(
      context,
      { service, method, description: undefined, unknown: describe !== undefined },
      request,
      response,
    )
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
