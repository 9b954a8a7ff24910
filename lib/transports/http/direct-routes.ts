import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Description } from '../../core/transport.ts'
import { directSink } from './answer-sink.ts'
import { exchange, type ExchangeContext, type ExchangeTarget } from './exchange.ts'

/** Answers a request if it calls a known method by its very path; false where it does not. */
export type DirectRoutes = (request: IncomingMessage, response: ServerResponse) => boolean

/**
 * The short way to a method, past fastify's router, request and reply, which cost as much as the call itself and have
 * nothing to do on a server of our own: nobody has hooks there. Everything else goes fastify's way.
 */
export function directRoutes(
  context: ExchangeContext,
  describe: Description | undefined,
  prefix: string,
): DirectRoutes {
  const targets = new Map<string, ExchangeTarget>()
  for (const description of describe?.methods ?? []) {
    const { service, name: method } = description
    targets.set(`${prefix}/${service}/${method}`, { service, method, description })
  }
  return (request, response) => {
    const target = request.method === 'POST' ? targets.get(request.url!) : undefined
    if (!target) return false
    const { headers } = request
    const hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
    exchange(context, target, { raw: request, body: hasBody ? request : undefined }, directSink(response))
    return true
  }
}
