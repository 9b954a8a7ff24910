import { constants, sensitiveHeaders } from 'node:http2'
import type { Http2Error } from 'microapi-ts/http2'
import { describe, expect, it } from 'vitest'
import { ask, clientOf, endOf, request, serveNode, type Scheme } from './ends.ts'

describe.each<Scheme>(['http', 'https'])("streams of ours at node:http2's server, %s", (scheme) => {
  it.each(['CANCEL', 'INTERNAL_ERROR', 'REFUSED_STREAM', 'ENHANCE_YOUR_CALM', 'HTTP_1_1_REQUIRED'] as const)(
    'hears which reset it was: %s',
    async (code) => {
      const { url } = await serveNode((stream) => stream.close(constants[`NGHTTP2_${code}`]), { scheme })
      const client = clientOf(url)
      const stream = client.request(request(), { end: true })
      expect(await endOf(stream)).toMatchObject({
        code,
        scope: 'stream',
        remote: true,
        unprocessed: code === 'REFUSED_STREAM',
      })
      expect(await client.ping()).toBeGreaterThan(0)
    },
  )

  it('takes NO_ERROR after a whole answer for a good end, though its body was not read', async () => {
    const { url } = await serveNode(
      (stream) => {
        stream.respond({ ':status': 413 })
        stream.end('enough')
      },
      { scheme },
    )
    const stream = clientOf(url).request(request('/', 'POST'))
    stream.write('the beginning')
    let status = 0
    let failure: Http2Error | undefined
    await new Promise<void>((resolve) => {
      stream.listener = {
        onHeaders: (_, headers) => (status = headers.status),
        onEnd: () => resolve(),
        onClose(_, error) {
          failure = error
          resolve()
        },
      }
    })
    expect([status, failure]).toEqual([413, undefined])
  })

  it.each(['CANCEL', 'INTERNAL_ERROR', 'NO_ERROR', 'REFUSED_STREAM'] as const)(
    'resets with %s, and the server hears that',
    async (code) => {
      let tell: (code: number) => void
      const closed = new Promise<number>((resolve) => (tell = resolve))
      const { url } = await serveNode(
        (stream) => {
          stream.on('close', () => tell(stream.rstCode))
          stream.respond({ ':status': 200 })
        },
        { scheme },
      )
      const client = clientOf(url)
      const stream = client.request(request('/', 'POST'), {
        listener: { onHeaders: () => stream.reset(code) },
      })
      expect(await closed).toBe(constants[`NGHTTP2_${code}`])
      expect(await client.ping()).toBeGreaterThan(0)
    },
  )

  it('opens no more streams than the server takes at once; the others wait', async () => {
    let open = 0
    let most = 0
    const { url } = await serveNode(
      (stream, headers) => {
        most = Math.max(most, ++open)
        stream.on('close', () => open--)
        setImmediate(() => {
          stream.respond({ ':status': 200 })
          stream.end(headers[':path'])
        })
      },
      { scheme, settings: { maxConcurrentStreams: 7 } },
    )
    const client = clientOf(url)
    const answers = await Promise.all(Array.from({ length: 500 }, (_, i) => ask(client, request(`/${i}`))))
    expect(answers.map(({ body }) => String(body))).toEqual(answers.map((_, i) => `/${i}`))
    expect(most).toBeLessThanOrEqual(7)
  })

  it('marks headers as never indexed, and is told so of the server', async () => {
    let never: unknown
    const { url } = await serveNode(
      (stream, headers) => {
        never = (headers as Record<symbol, unknown>)[sensitiveHeaders]
        stream.respond({
          ':status': 200,
          'x-secret': 'hush',
          'x-open': '1',
          [sensitiveHeaders]: ['x-secret'],
        })
        stream.end()
      },
      { scheme },
    )
    const fields = { 'x-token': 'a', authorization: 'Bearer b', 'x-open': 'c' }
    const { headers } = await ask(clientOf(url), request('/', 'GET', fields), { neverIndexed: ['x-token'] })
    expect(never).toEqual(['x-token', 'authorization'])
    expect([headers.get('x-secret'), headers.neverIndexed]).toEqual(['hush', ['x-secret']])
  })

  it('answers pings, and sends them', async () => {
    const { url, sessions } = await serveNode((stream) => stream.respond(), { scheme })
    const client = clientOf(url)
    expect(await client.ping()).toBeGreaterThan(0)
    const payload = Buffer.from('87654321')
    const back = await new Promise((resolve, reject) =>
      sessions[0]!.ping(payload, (error, _ms, echoed) => (error ? reject(error) : resolve(echoed))),
    )
    expect(back).toEqual(payload)
  })
})
