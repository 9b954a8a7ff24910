import { constants, sensitiveHeaders, type ClientHttp2Stream } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { createDemo } from './demo.ts'
import { nodeClientOf, serve, type Scheme } from './ends.ts'
import { askNode } from './node-request.ts'
import { MiB, octets } from './octets.ts'

describe.each<Scheme>(['http', 'https'])("node:http2's client at our server, %s", (scheme) => {
  async function start() {
    const { onStream, probe } = createDemo()
    const { url, errors, server } = await serve(onStream, { scheme })
    return { session: await nodeClientOf(url), probe, errors, server }
  }

  it('gets an answer with its length', async () => {
    const { session } = await start()
    const { headers, body } = await askNode(session, { ':path': '/' })
    expect(headers).toMatchObject({ ':status': 200, 'content-length': '6' })
    expect(String(body)).toBe('hello\n')
  })

  it('has 2 MiB echoed, with trailers, while it reads slowly', async () => {
    const { session } = await start()
    const body = octets(2 * MiB)
    const echo = { ':path': '/echo', ':method': 'POST' }
    const answer = await askNode(session, echo, { body, slowly: true })
    expect(answer.body.equals(body)).toBe(true)
    expect(answer.trailers).toMatchObject({ 'x-octets': String(body.length) })
  })

  it('sends trailers, and gets some', async () => {
    const { session } = await start()
    const sum = { body: 'abc', trailers: { 'x-sum': '9' } }
    expect(String((await askNode(session, { ':path': '/size', ':method': 'POST' }, sum)).body)).toBe('3 9\n')
    const { headers, body, trailers } = await askNode(session, { ':path': '/trailers' })
    expect([headers['x-first'], String(body), trailers?.['x-last']]).toEqual(['1', 'body\n', '2'])
  })

  it('hears of 103 and 100 before the answer', async () => {
    const { session } = await start()
    const early = await askNode(session, { ':path': '/early' })
    expect(early.interim).toMatchObject([{ ':status': 103, link: '</a.css>; rel=preload' }])
    expect(String(early.body)).toBe('late\n')
    const waiting = { ':path': '/continue', ':method': 'POST', expect: '100-continue' }
    expect(String((await askNode(session, waiting, { body: 'abcd', expects: true })).body)).toBe('4 -\n')
  })

  it('gets headers alone for HEAD, 204 and 304', async () => {
    const { session } = await start()
    const head = await askNode(session, { ':path': '/', ':method': 'HEAD' })
    expect([head.headers['content-length'], head.body.length]).toEqual(['6', 0])
    for (const status of [204, 304]) {
      const { headers, body } = await askNode(session, { ':path': `/empty?status=${status}` })
      expect([headers[':status'], body.length]).toEqual([status, 0])
    }
  })

  it.each(['CANCEL', 'INTERNAL_ERROR', 'REFUSED_STREAM', 'ENHANCE_YOUR_CALM', 'HTTP_1_1_REQUIRED'] as const)(
    'hears which reset of ours it was: %s',
    async (code) => {
      const { session } = await start()
      for (const late of ['', '&late']) {
        const stream = session.request({ ':path': `/reset?code=${code}${late}` })
        expect(await resetOf(stream)).toBe(constants[`NGHTTP2_${code}`])
      }
      expect((await askNode(session, { ':path': '/' })).headers[':status']).toBe(200)
    },
  )

  it.each(['CANCEL', 'INTERNAL_ERROR', 'NO_ERROR', 'ENHANCE_YOUR_CALM'] as const)(
    'resets with %s, and we hear that',
    async (code) => {
      const { session, probe } = await start()
      const stream = session.request({ ':path': '/hold', ':method': 'POST' }, { endStream: false })
      stream.on('error', () => {})
      await probe.until('hold began')
      stream.close(constants[`NGHTTP2_${code}`])
      await probe.until('hold ended')
      expect(probe.value('hold ended')).toBe(code)
      expect((await askNode(session, { ':path': '/' })).headers[':status']).toBe(200)
    },
  )

  it('sends a thousand requests at once, over the limit of 100, and every one is answered', async () => {
    const { session, errors } = await start()
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, (_, i) =>
        askNode(session, { ':path': '/size', ':method': 'POST' }, { body: 'x'.repeat(i) }),
      ),
    )
    expect(answers.map(({ body }) => parseInt(String(body), 10))).toEqual(answers.map((_, i) => i))
    expect(errors).toEqual([])
  })

  it('marks headers as never indexed, and is told so of ours', async () => {
    const { session } = await start()
    const secret = { ':path': '/headers', 'x-token': 'hush', 'x-open': '1', [sensitiveHeaders]: ['x-token'] }
    const { body } = await askNode(session, secret)
    const [fields, neverIndexed] = JSON.parse(String(body)) as [Record<string, string>, string[]]
    expect(fields).toMatchObject({ 'x-token': 'hush', 'x-open': '1' })
    expect(neverIndexed).toEqual(['x-token'])
    const { headers } = await askNode(session, { ':path': '/secret' })
    expect(headers['x-secret']).toBe('hush')
    expect((headers as Record<symbol, unknown>)[sensitiveHeaders]).toEqual(['x-secret'])
  })

  it('pings', async () => {
    const { session } = await start()
    const payload = Buffer.from('12345678')
    const back = await new Promise((resolve, reject) =>
      session.ping(payload, (error, _ms, echoed) => (error ? reject(error) : resolve(echoed))),
    )
    expect(back).toEqual(payload)
  })

  it('is refused what its content-length does not say', async () => {
    const { session, errors } = await start()
    for (const length of ['2', '4']) {
      const stream = session.request({ ':path': '/size', ':method': 'POST', 'content-length': length })
      const reset = resetOf(stream)
      stream.end('abc')
      expect(await reset).toBe(constants.NGHTTP2_PROTOCOL_ERROR)
    }
    expect(errors).toEqual([])
  })
})

function resetOf(stream: ClientHttp2Stream): Promise<number> {
  stream.on('error', () => {}).resume()
  return new Promise((resolve) => stream.on('close', () => resolve(stream.rstCode)))
}
