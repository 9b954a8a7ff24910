import type { FastifyInstance } from 'fastify'
import type { SendFile } from './file.ts'

/**
 * Serves a page, and sends who asks for it with a slash behind it to where it stands: relative links on it would lead elsewhere.
 * The way there is relative itself, for a proxy that takes away the beginning of a path.
 */
export function addPage(scope: FastifyInstance, path: string, send: SendFile): void {
  const place = `..${path.slice(path.lastIndexOf('/'))}`
  const answer: SendFile = async (request, reply) => {
    const [asked = '', query] = request.url.split('?', 2)
    if (!asked.endsWith('/')) return send(request, reply)
    return reply
      .code(302)
      .header('location', query === undefined ? place : `${place}?${query}`)
      .send()
  }
  scope.get(path, answer)
  const { ignoreTrailingSlash, routerOptions } = scope.initialConfig
  // There both are one route, and a second one would be refused.
  if (!ignoreTrailingSlash && !routerOptions?.ignoreTrailingSlash) scope.get(`${path}/`, answer)
}
