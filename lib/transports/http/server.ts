import { fastify as createFastify, type FastifyInstance, type FastifyReply } from 'fastify'
import type { Socket } from 'node:net'
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { formatAddress } from '../../core/address.ts'
import type { Invoke } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import type { Description, Listener } from '../../core/transport.ts'
import { errorToJson } from '../../wire/error-json.ts'
import { createDeadlines } from '../../core/deadline.ts'
import { isAnswering } from './connection.ts'
import { directRoutes, type DirectRoutes } from './direct-routes.ts'
import type { ExchangeContext } from './exchange.ts'
import { health, healthPaths } from './health.ts'
import type { HttpSettings } from './options.ts'
import { watchConnections } from './open-connections.ts'
import { answerFastifyError, registerRoutes } from './routes.ts'

/** Listens with a fastify of its own. Rejects where it cannot listen. */
export async function serveHttp(
  invoke: Invoke,
  describe: Description | undefined,
  settings: HttpSettings,
): Promise<Listener> {
  let closing = false
  const context: ExchangeContext = { invoke, settings, closing: () => closing, deadlines: createDeadlines() }
  const fastify = create(settings, directRoutes(context, describe, settings.prefix))
  addHealth(fastify, describe)
  await fastify.register(
    async (scope) => {
      registerRoutes(scope, context, describe)
      if (!settings.docs) return
      const { addDocs } = await import('./docs/docs.ts')
      const { docs, prefix, upgrade } = settings
      addDocs(scope, docs, { describe, prefix, health: true, webSocket: upgrade !== undefined })
    },
    settings.prefix === '' ? {} : { prefix: settings.prefix },
  )
  const connections = watchConnections(fastify.server)
  const upgrade = await settings.upgrade?.upgrade(invoke, describe)
  if (upgrade) fastify.server.on('upgrade', (request, socket, head) => upgrade.accept(request, socket, head))
  await fastify.listen({ host: settings.host, port: settings.port })
  const address = fastify.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : settings.port
  return {
    url: formatAddress(settings.tls === undefined ? 'http' : 'https', settings.host, port) + settings.prefix,
    stop() {
      closing = true
      connections.stop()
      upgrade?.stop()
    },
    async close() {
      closing = true
      connections.stop()
      await Promise.all([connections.answered(), upgrade?.close()])
      fastify.server.closeAllConnections()
      await fastify.close()
    },
  }
}

function create(settings: HttpSettings, direct: DirectRoutes): FastifyInstance {
  return createFastify({
    logger: false,
    forceCloseConnections: true,
    return503OnClosing: false,
    clientErrorHandler: refuse,
    frameworkErrors: (error: unknown, _request: unknown, response: FastifyReply) =>
      answerFastifyError(error, response),
    serverFactory: (handle) =>
      createServer(settings, (request, response) => {
        if (!direct(request, response)) handle(request, response)
      }),
  })
}

function createServer(
  { tls, headersTimeoutMs, keepAliveMs }: HttpSettings,
  listener: RequestListener,
): Server {
  const options = {
    maxHeaderSize: 16_384,
    headersTimeout: headersTimeoutMs,
    // It would end streaming bodies; those of single messages have their own limit.
    requestTimeout: 0,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: 1_000,
  }
  if (tls === true) throw new TypeError('http: a server needs its certificate: tls: { key, cert }')
  if (tls === undefined) return createHttpServer(options, listener)
  return createHttpsServer({ ...options, handshakeTimeout: 10_000, ...tls }, listener)
}

function addHealth(fastify: FastifyInstance, describe: Description | undefined): void {
  for (const path of healthPaths) {
    fastify.get(path, (_request, response) => {
      const { status, body } = health(path, describe)!
      return response.code(status).send(body)
    })
  }
}

/** What was no HTTP, or had too large a head: answered and closed, if the socket still takes an answer. */
function refuse(error: Error & { code?: string }, socket: Socket): void {
  // An answer that is under way is no place for another one.
  if (error.code === 'ECONNRESET' || !socket.writable || isAnswering(socket)) return void socket.destroy()
  const [status, failure] = refusal(error.code)
  const body = JSON.stringify(errorToJson(failure))
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
  // Not at once: what still comes in would take the answer with it.
  setTimeout(() => socket.destroy(), 1_000).unref()
}

function refusal(code: string | undefined): [status: string, error: RpcError] {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return [
      '431 Request Header Fields Too Large',
      new RpcError('RESOURCE_EXHAUSTED', 'headers of more than 16384 bytes'),
    ]
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return [
      '408 Request Timeout',
      new RpcError('DEADLINE_EXCEEDED', 'the request did not arrive in time (headersTimeoutMs)'),
    ]
  }
  return ['400 Bad Request', new RpcError('INVALID_ARGUMENT', 'not HTTP')]
}
