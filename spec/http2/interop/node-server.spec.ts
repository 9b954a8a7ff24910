import type { ServerHttp2Stream } from 'node:http2'
import { readStream } from 'microapi-ts/http2'
import { describe, expect, it } from 'vitest'
import { answerOf, ask, clientOf, endOf, request, serveNode, type Scheme } from './ends.ts'
import { MiB, octets } from './octets.ts'

const answerSize = (stream: ServerHttp2Stream): void => {
  let size = 0
  stream.on('data', (piece: Buffer) => (size += piece.length))
  stream.on('end', () => {
    stream.respond({ ':status': 200 })
    stream.end(String(size))
  })
}

describe.each<Scheme>(['http', 'https'])("our client at node:http2's server, %s", (scheme) => {
  it('gets an answer with its length, and the fields that it sent arrive', async () => {
    let seen: unknown
    const { url } = await serveNode(
      (stream, headers) => {
        seen = headers
        stream.respond({ ':status': 201, 'content-length': '5', 'set-cookie': ['a=1', 'b=2'] })
        stream.end('hello')
      },
      { scheme },
    )
    const { headers, body, trailers } = await ask(clientOf(url), request('/a?b=c', 'GET', { 'x-one': 'é' }))
    expect([headers.status, headers.contentLength, headers.get('set-cookie')]).toEqual([201, 5, 'a=1, b=2'])
    expect([String(body), trailers]).toEqual(['hello', undefined])
    expect(seen).toMatchObject({ ':path': '/a?b=c', ':authority': '127.0.0.1', 'x-one': 'é' })
  })

  it('has 2 MiB echoed, with trailers, while it reads slowly', async () => {
    const { url } = await serveNode(
      (stream) => {
        stream.respond({ ':status': 200 }, { waitForTrailers: true })
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-last': 'yes' }))
        stream.pipe(stream)
      },
      { scheme },
    )
    const body = octets(2 * MiB)
    const stream = clientOf(url).request(request('/', 'POST'))
    const reader = readStream(stream)
    stream.end(body)
    const pieces: Buffer[] = []
    for await (const piece of reader) {
      pieces.push(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(Buffer.concat(pieces).equals(body)).toBe(true)
    expect((await reader.trailers)?.get('x-last')).toBe('yes')
  })

  it('sends trailers', async () => {
    const { url } = await serveNode(
      (stream) => {
        stream.resume().on('trailers', (trailers) => {
          stream.respond({ ':status': 200 })
          stream.end(String(trailers['x-sum']))
        })
      },
      { scheme },
    )
    const stream = clientOf(url).request(request('/', 'POST'))
    const answer = answerOf(stream)
    stream.write('abc')
    stream.sendTrailers({ 'x-sum': '3' })
    expect(String((await answer).body)).toBe('3')
  })

  it('hears of interim responses before the answer', async () => {
    const { url } = await serveNode(
      (stream) => {
        stream.additionalHeaders({ ':status': 103, link: '</a.css>' })
        stream.additionalHeaders({ ':status': 102 })
        stream.respond({ ':status': 200 })
        stream.end('late')
      },
      { scheme },
    )
    const interim: [number, string | undefined][] = []
    let status = 0
    const stream = clientOf(url).request(request(), {
      end: true,
      listener: {
        onInterim: (_, headers) => interim.push([headers.status, headers.get('link')]),
        onHeaders: (_, headers) => (status = headers.status),
      },
    })
    expect(await endOf(stream)).toBeUndefined()
    expect(interim).toEqual([
      [103, '</a.css>'],
      [102, undefined],
    ])
    expect(status).toBe(200)
  })

  it('sends a body once the server has said 100', async () => {
    const { url } = await serveNode(
      (stream) => {
        stream.additionalHeaders({ ':status': 100 })
        answerSize(stream)
      },
      { scheme },
    )
    const stream = clientOf(url).request(request('/', 'POST', { expect: '100-continue' }))
    const answer = answerOf(stream)
    stream.listener = {
      ...stream.listener,
      onInterim: (_, { status }) => status === 100 && stream.end('abcd'),
    }
    expect(String((await answer).body)).toBe('4')
  })

  it('takes headers alone for HEAD, 204 and 304, whatever their content-length says', async () => {
    const { url } = await serveNode(
      (stream, headers) => {
        const status = Number(headers[':path']!.slice(1))
        stream.respond(
          { ':status': status, ...(status !== 204 && { 'content-length': '5' }) },
          { endStream: true },
        )
      },
      { scheme },
    )
    const client = clientOf(url)
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
    ] as const) {
      const { headers, body } = await ask(client, request(`/${status}`, method))
      expect([headers.status, body.length]).toEqual([status, 0])
    }
  })
})
