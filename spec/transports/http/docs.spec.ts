import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Type } from '@sinclair/typebox'
import { build } from 'esbuild'
import { fastify as createFastify } from 'fastify'
import { createApp, defineService, rpc, serve, type App } from 'microapi-ts'
import { generateOpenApi } from 'microapi-ts/generate'
import { fetchHandler, http, microapi, type HttpOptions } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findViewer } from '../../../lib/transports/http/docs/viewer-files.ts'
import { project } from '../../cli/installed.ts'
import { ask, askJson, makeApp } from './support.ts'

const N = Type.Object({ n: Type.Integer() })
const app = createApp({
  services: {
    // What the pages are called, too.
    docs: defineService({
      streams: rpc.unary(N, N, ({ n }) => ({ n: n + 1 })),
      count: rpc.serverStream(N, N, function* ({ n }) {
        for (let i = 1; i <= n; i++) yield { n: i }
      }),
    }),
  },
})

async function serving(options: HttpOptions, what: App = app): Promise<string> {
  const server = await serve(what, http({ port: 0, ...options }), { signals: false })
  onTestFinished(() => server.close())
  return server.urls[0]!
}

const get = (url: string, headers: Record<string, string> = {}) => ask(url, { method: 'GET', headers })

describe('the pages', () => {
  it('are off until they are turned on', async () => {
    const url = await serving({})
    for (const page of ['/docs', '/docs/streams', '/openapi.json'])
      expect(await get(url + page)).toMatchObject({ status: 404 })
    expect((await get(`${await serving({ docs: false })}/docs`)).status).toBe(404)
  })

  it.each([{}, { prefix: '/api' }])(
    'with a slash behind them lead to where they stand: %j',
    async (options) => {
      const url = await serving({ ...options, docs: true })
      for (const page of ['/docs', '/docs/streams']) {
        const { status, headers } = await get(`${url}${page}/?a=1`)
        expect(status).toBe(302)
        expect(new URL(headers['location']!, `${url}${page}/`).href).toBe(`${url}${page}?a=1`)
        // As a browser goes there.
        const followed = await fetch(`${url}${page}/`)
        expect({ status: followed.status, url: followed.url }).toEqual({ status: 200, url: url + page })
      }
    },
  )

  it.each([{ ignoreTrailingSlash: true }, { routerOptions: { ignoreTrailingSlash: true } }])(
    'with a slash behind them do so in a fastify that takes it for nothing: %j',
    async (options) => {
      const fastify = createFastify(options)
      onTestFinished(() => fastify.close())
      await fastify.register(microapi(app, { docs: true }), { prefix: '/v1' })
      const { statusCode, headers } = await fastify.inject('/v1/docs/')
      expect({ statusCode, location: headers['location'] }).toEqual({ statusCode: 302, location: '../docs' })
      expect(await fastify.inject('/v1/docs')).toMatchObject({ statusCode: 200 })
    },
  )

  it('stand behind the prefix, under a title and a path of their own', async () => {
    const url = await serving({ prefix: '/api', docs: { path: '/about/methods', title: 'A & B' } })
    const viewer = await get(`${url}/about/methods`)
    expect(viewer.status).toBe(200)
    expect(viewer.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(viewer.text).toContain('<title>A &amp; B</title>')
    expect(viewer.text).toContain('href="methods/streams"')
    const streams = await get(`${url}/about/methods/streams`)
    expect(streams.text).toContain('data-methods="../../"')
    expect(streams.text).toContain('href="../methods"')
    expect(JSON.parse((await get(`${url}/about/openapi.json`)).text)).toMatchObject({
      info: { title: 'A & B' },
    })
    expect((await get(`${url}/docs`)).status).toBe(404)
  })

  it('load nothing that is not served', async () => {
    const url = await serving({ docs: true })
    const seen = new Set<string>()
    const look = async (address: string): Promise<void> => {
      if (seen.has(address)) return
      seen.add(address)
      const { status, text, headers } = await get(address)
      expect([address, status]).toEqual([address, 200])
      expect(headers['x-content-type-options']).toBe('nosniff')
      const isOurs = !address.endsWith('/viewer.js') && !address.endsWith('/viewer.css')
      const names = isOurs ? [...text.matchAll(/(?:src|href)="([^"#:]+)"|from '([^']+)'/g)] : []
      for (const [, link, module] of names) await look(new URL((link ?? module)!, address).href)
    }
    await look(`${url}/docs`)
    expect([...seen].map((address) => address.slice(url.length)).toSorted()).toEqual([
      '/docs',
      '/docs/answers.js',
      '/docs/example.js',
      '/docs/http-call.js',
      '/docs/input.js',
      '/docs/methods.js',
      '/docs/start-viewer.js',
      '/docs/streams',
      '/docs/streams.js',
      '/docs/style.css',
      '/docs/viewer-style.css',
      '/docs/viewer.css',
      '/docs/viewer.js',
      '/docs/ws-call.js',
      '/openapi.json',
    ])
  })

  it('ask this server alone, and those that the description names', async () => {
    const policyOf = async (docs: HttpOptions['docs']): Promise<unknown> =>
      (await get(`${await serving({ docs: docs! })}/docs`)).headers['content-security-policy']
    expect(await policyOf(true)).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )
    const servers = [
      { url: 'https://api.example.com/v1' },
      { url: '/' },
      { url: 'https://{region}.example.com' },
      { url: "https://x.example.com; script-src 'unsafe-eval'" },
      { url: 'https://x;script-src' },
    ]
    expect(await policyOf({ openapi: { servers } })).toContain("connect-src 'self' https://api.example.com;")
    expect(await policyOf({ openapi: { servers } })).toContain("script-src 'self';")
  })

  it('show what titles say as text', async () => {
    const title = `</title><script>alert("1")</script><img src='x' onerror=alert(1)>&amp;`
    const url = await serving({ docs: { title } })
    for (const page of ['/docs', '/docs/streams']) {
      const { text } = await get(url + page)
      expect(text).not.toMatch(/<script>|<img/)
      expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&lt;img src=&#39;x&#39;')
    }
  })

  it('leave every method where it is', async () => {
    const url = await serving({ docs: true })
    expect((await askJson(`${url}/docs/streams`, { n: 1 })).text).toBe('{"n":2}')
    expect((await get(`${url}/docs/streams`)).text).toContain('Try a stream')
  })

  it('say whether WebSocket is served', async () => {
    const streamsOf = async (options: HttpOptions): Promise<string> =>
      (await get(`${await serving({ docs: true, ...options })}/docs/streams`)).text
    expect(await streamsOf({})).toContain('WebSocket is not served here')
    expect(await streamsOf({ upgrade: ws() })).not.toContain('WebSocket is not served here')
  })
})

describe('openapi.json', () => {
  it('is what generateOpenApi makes of the app', async () => {
    const { app: large } = makeApp()
    const url = await serving({ prefix: '/api', docs: true }, large)
    const { status, headers, text } = await get(`${url}/openapi.json`)
    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8'])
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(generateOpenApi(large, { prefix: '/api' }))))
  })

  it('has the version of the app', async () => {
    const url = await serving({ docs: true }, createApp({ services: {}, version: '2.1' }))
    expect(JSON.parse((await get(`${url}/openapi.json`)).text)).toMatchObject({ info: { version: '2.1' } })
  })

  it('says what it was told', async () => {
    const openapi = {
      info: { version: '7', description: 'Counts.' },
      servers: [{ url: 'https://example.com' }],
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      security: [{ bearer: [] }],
    }
    const url = await serving({ docs: { title: 'Counting', openapi } })
    expect(JSON.parse((await get(`${url}/openapi.json`)).text)).toMatchObject({
      info: { title: 'Counting', version: '7', description: 'Counts.' },
      servers: openapi.servers,
      security: openapi.security,
    })
  })

  it('is not sent again to whoever has it, and packed for whoever can unpack it', async () => {
    const url = `${await serving({ docs: true })}/openapi.json`
    const { headers, text } = await get(url)
    expect(headers).toMatchObject({ 'cache-control': 'no-cache', vary: 'accept-encoding' })
    expect(headers.etag).toBe(`"${createHash('sha256').update(text).digest('base64url')}"`)
    for (const tag of [headers.etag!, `"other", W/${headers.etag}`])
      expect(await get(url, { 'if-none-match': tag })).toMatchObject({ status: 304, text: '' })
    expect(await get(url, { 'if-none-match': '"other"' })).toMatchObject({ status: 200, text })
    expect(await ask(url, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' })
    const zipped = await fetch(url, { headers: { 'accept-encoding': 'gzip' } })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(zipped.headers.get('etag')).not.toBe(headers.etag)
    expect(await zipped.text()).toBe(text)
  })
})

it('a plugin has them behind its prefix, and the hooks of its host see them', async () => {
  const parent = createFastify()
  onTestFinished(() => parent.close())
  parent.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== 'me') await reply.code(401).send('who?')
  })
  await parent.register(microapi(app, { docs: true }), { prefix: '/api' })
  const inject = (url: string, headers = { authorization: 'me' }) => parent.inject({ url, headers })
  expect((await inject('/api/docs')).body).toContain('id="viewer"')
  expect((await inject('/api/docs', { authorization: 'nobody' })).statusCode).toBe(401)
  const { paths } = (await inject('/api/openapi.json')).json<{ paths: object }>()
  expect(Object.keys(paths)).toEqual(['/api/docs/streams', '/api/docs/count'])
  const zipped = await parent.inject({
    url: '/api/docs/streams',
    headers: { authorization: 'me', 'accept-encoding': 'gzip' },
  })
  expect(gunzipSync(zipped.rawPayload).toString()).toContain('Try a stream')
})

describe('mistakes', () => {
  it('a path that is none', async () => {
    for (const wrong of ['docs', '/', '/docs/', '/:docs', '/a b'])
      await expect(serving({ docs: { path: wrong } })).rejects.toThrow(
        `http: docs: path "${wrong}": write it as "/docs"`,
      )
  })

  it('the viewer is not installed', () => {
    const nobody = (): never => {
      throw new Error("Cannot find module 'swagger-ui-dist/swagger-ui-bundle.js'")
    }
    expect(() => findViewer(nobody)).toThrow(
      'http: docs need the package "swagger-ui-dist": npm install swagger-ui-dist',
    )
  })

  it('nothing describes the methods', async () => {
    const invoke = (): never => {
      throw new Error('nobody calls')
    }
    await expect(http({ port: 0, docs: true }).serve(invoke)).rejects.toThrow(
      'http: docs: nothing describes the methods',
    )
  })

  it('a fetch handler has none', () => {
    expect(() => fetchHandler(app, { docs: true } as {})).toThrow('fetchHandler has no docs')
  })

  it('an address that says neither true nor false', async () => {
    expect(() => http.fromUrl('http://:0?docs=yes')).toThrow(
      'http://: docs=yes: write docs=true or docs=false',
    )
    expect(() => http.fromUrl('http://:0?doc=true')).toThrow('there is no place for doc')
  })
})

it('an address turns them on', async () => {
  const server = await serve(app, ['http://127.0.0.1:0/api?docs=true'], { signals: false })
  onTestFinished(() => server.close())
  expect(server.urls[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/api$/)
  expect((await get(`${server.urls[0]}/docs`)).status).toBe(200)
})

it('who has not turned them on loads nothing of them', async () => {
  const { metafile } = await build({
    entryPoints: ['lib/transports/http/server.ts', 'lib/transports/http/plugin.ts'],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: '/',
    write: false,
    metafile: true,
  })
  const reached = new Set<string>(
    Object.keys(metafile.outputs).filter((file) =>
      /(server|plugin)\.js$/.test(metafile.outputs[file]!.entryPoint?.replace('.ts', '.js') ?? ''),
    ),
  )
  for (const file of reached)
    for (const { path: next, kind, external } of metafile.outputs[file]!.imports)
      if (kind === 'import-statement' && !external) reached.add(next)
  const modules = [...reached].flatMap((file) => Object.keys(metafile.outputs[file]!.inputs))
  expect(modules).toContain('lib/transports/http/routes.ts')
  expect(modules.filter((module) => /generate\/|http\/docs\//.test(module))).toEqual([])
})

it('the package as it is built has the scripts of the pages', { timeout: 60_000 }, () => {
  const folder = 'transports/http/docs/page'
  const scripts = readdirSync(path.join('lib', folder))
  expect(scripts).toContain('streams.js')
  expect(readdirSync(path.join(project.installed, 'dist', folder))).toEqual(scripts)
})
