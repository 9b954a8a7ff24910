import type { FastifyPluginAsync } from 'fastify'
import { createDeadlines } from '../../core/deadline.ts'
import type { Openable, OpenAppOptions } from '../../core/transport.ts'
import { watchConnections } from './open-connections.ts'
import { httpSettings, type HttpOptions } from './options.ts'
import { registerRoutes } from './routes.ts'

/** Settings that a plugin can have: where it listens is its server's business. */
export interface PluginOptions
  extends
    Omit<
      HttpOptions,
      'host' | 'port' | 'prefix' | 'url' | 'tls' | 'headersTimeoutMs' | 'keepAliveMs' | 'maxConnections'
    >,
    OpenAppOptions {}

/**
 * An app as a plugin of a fastify server that exists already. It starts with that server and stops with it.
 * @example await fastify.register(microapi(app), { prefix: '/api' })
 */
export function microapi(app: Openable, options: PluginOptions = {}): FastifyPluginAsync {
  const settings = httpSettings(options)
  return async (fastify) => {
    let closing = false
    const opened = await app.open(options)
    const connections = watchConnections(fastify.server)
    const upgrade = await settings.upgrade?.upgrade(opened.invoke, opened.describe)
    if (upgrade)
      fastify.server.on('upgrade', (request, socket, head) => upgrade.accept(request, socket, head))
    // Before fastify waits for its connections, so that replies ask their clients to close them.
    fastify.addHook('preClose', async () => {
      closing = true
      upgrade?.stop()
      await opened.close()
      await upgrade?.close()
      await connections.answered()
    })
    const context = { invoke: opened.invoke, settings, closing: () => closing, deadlines: createDeadlines() }
    registerRoutes(fastify, context, opened.describe)
    if (!settings.docs) return
    const { addDocs } = await import('./docs/docs.ts')
    const { describe } = opened
    addDocs(fastify, settings.docs, {
      describe,
      prefix: fastify.prefix,
      health: false,
      webSocket: upgrade !== undefined,
    })
  }
}
