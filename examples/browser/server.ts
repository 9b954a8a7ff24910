/** A page and the app that it calls, on one port: HTTP under /api, and WebSocket beside it. */
import { build } from 'esbuild'
import { fastify, type FastifyInstance } from 'fastify'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { App } from 'microapi-ts'
import { microapi } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'

const page = new URL('page/', import.meta.url)

/** A server that is still to be told where to listen. */
export async function createServer(app: App): Promise<FastifyInstance> {
  const server = fastify({ forceCloseConnections: true })
  const html = await readFile(new URL('index.html', page), 'utf8')
  server.get('/', (_request, reply) => reply.type('text/html').send(html))
  for (const { path, text } of await scripts())
    server.get(path, (_request, reply) => reply.type('text/javascript').send(text))
  await server.register(microapi(app, { upgrade: ws({ path: '/api' }) }), { prefix: '/api' })
  return server
}

async function scripts() {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('main.ts', page))],
    bundle: true,
    // What is imported with `import()`, as WebSocket is by the client, becomes a file of its own.
    splitting: true,
    format: 'esm',
    outdir: '/',
    write: false,
  })
  return outputFiles
}
