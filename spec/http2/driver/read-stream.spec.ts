import { createServer, readStream, type Http2Stream } from 'microapi-ts/http2'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientOf, endOf, request, serve } from '../interop/ends.ts'
import { MiB, octets } from '../interop/octets.ts'

async function open(onStream: (stream: Http2Stream) => void, method = 'GET') {
  const { url } = await serve(onStream)
  const stream = clientOf(url).request(request('/', method), { end: method === 'GET' })
  return { stream, reader: readStream(stream) }
}

describe('readStream', () => {
  it('gives headers, the body as text, and trailers', async () => {
    const { reader } = await open((stream) => {
      stream.respond({ ':status': 201, 'x-first': '1' })
      stream.write('ä'.repeat(10))
      stream.sendTrailers({ 'x-last': '2' })
    })
    expect([(await reader.headers).status, (await reader.headers).get('x-first')]).toEqual([201, '1'])
    expect(await reader.text()).toBe('ä'.repeat(10))
    expect((await reader.trailers)?.get('x-last')).toBe('2')
  })

  it('gives undefined for trailers that did not come', async () => {
    const { reader } = await open((stream) => stream.respond({ ':status': 204 }, { end: true }))
    expect(await reader.text()).toBe('')
    expect(await reader.trailers).toBeUndefined()
  })

  it('reads a request on a server, whose headers are there at once', async () => {
    const { stream, reader } = await open(async (incoming) => {
      const body = readStream(incoming)
      const { method } = await body.headers
      const text = await body.text()
      incoming.respond({ ':status': 200 })
      incoming.end(`${method} ${text}`)
    }, 'POST')
    stream.end('body')
    expect(await reader.text()).toBe('POST body')
  })

  it('takes no more than it is asked for', async () => {
    let produced = 0
    const { reader } = await open((stream) => {
      stream.respond({ ':status': 200 })
      const more = (): void => {
        while (produced < 8 * MiB) {
          produced += 10_000
          if (!stream.write(octets(10_000))) return
        }
        stream.end()
      }
      stream.listener = { onDrain: more }
      more()
    })
    await reader.headers
    const pieces = reader[Symbol.asyncIterator]()
    let size = (await pieces.next()).value!.length
    expect(produced).toBeLessThan(2 * MiB)
    for (let next = await pieces.next(); next.value; next = await pieces.next()) {
      size += next.value.length
      expect(produced - size).toBeLessThan(2 * MiB)
    }
    expect(size).toBe(produced)
  })

  it('resets the stream when its loop is left early', async () => {
    let ended: ReturnType<typeof endOf> | undefined
    const { reader } = await open((stream) => {
      ended = endOf(stream)
      stream.respond({ ':status': 200 })
      stream.write('one')
    })
    for await (const piece of reader) {
      expect(String(piece)).toBe('one')
      break
    }
    expect(await ended).toMatchObject({ code: 'CANCEL', remote: true })
  })

  it('rejects everywhere when the stream is reset', async () => {
    const { reader } = await open((stream) => stream.reset('ENHANCE_YOUR_CALM'))
    const failure = { code: 'ENHANCE_YOUR_CALM', remote: true }
    await expect(reader.headers).rejects.toMatchObject(failure)
    await expect(reader.trailers).rejects.toMatchObject(failure)
    await expect(reader.text()).rejects.toMatchObject(failure)
    await expect(reader[Symbol.asyncIterator]().next()).rejects.toMatchObject(failure)
  })

  it('gives what came before the failure, then rejects', async () => {
    const { reader } = await open((stream) => {
      stream.respond({ ':status': 200 })
      stream.write('the beginning')
      setImmediate(() => stream.reset('INTERNAL_ERROR'))
    })
    const pieces: string[] = []
    const reading = (async () => {
      for await (const piece of reader) pieces.push(String(piece))
    })()
    await expect(reading).rejects.toMatchObject({ code: 'INTERNAL_ERROR' })
    expect(pieces).toEqual(['the beginning'])
  })

  it('rejects when the connection is lost', async () => {
    const server = createServer((stream) => stream.respond({ ':status': 200 }))
    onTestFinished(() => server.close({ graceMs: 0 }))
    const { port } = await server.listen()
    const reader = readStream(clientOf(`http://127.0.0.1:${port}`).request(request(), { end: true }))
    await reader.headers
    await server.close({ graceMs: 0 })
    await expect(reader.text()).rejects.toMatchObject({ scope: 'connection' })
  })

  it('says when what was written has left', async () => {
    let incoming: Http2Stream | undefined
    const { stream, reader } = await open((one) => {
      incoming = one
      one.listener = { onData() {} }
      one.respond({ ':status': 200 })
    }, 'POST')
    await reader.headers
    await reader.drained()
    expect(stream.write(octets(3 * MiB))).toBe(false)
    let drained = false
    const leaving = reader.drained().then(() => (drained = true))
    expect(drained).toBe(false)
    let size = 0
    incoming!.listener = {
      onData(_, piece) {
        size += piece.length
        incoming!.consume(piece.length)
      },
    }
    // What it holds already.
    incoming!.consume(3 * MiB)
    await leaving
    expect(stream.queued).toBe(0)
  })

  it('rejects a wait for that when the stream is reset', async () => {
    const { stream, reader } = await open((one) => {
      one.listener = { onData() {} }
      one.respond({ ':status': 200 })
    }, 'POST')
    await reader.headers
    stream.write(octets(3 * MiB))
    const waiting = reader.drained()
    stream.reset('CANCEL')
    await expect(waiting).rejects.toMatchObject({ code: 'CANCEL' })
  })

  it('does not end the process where nobody looks at headers and trailers', async () => {
    const { reader } = await open((stream) => stream.reset('CANCEL'))
    await expect(reader.text()).rejects.toMatchObject({ code: 'CANCEL' })
    await new Promise((resolve) => setImmediate(resolve))
  })
})
