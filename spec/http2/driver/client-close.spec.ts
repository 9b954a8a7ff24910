import { Http2Error, type Http2Stream } from 'microapi-ts/http2'
import { describe, expect, it } from 'vitest'
import { answerOf, ask, clientOf, endOf, request, serve, type Scheme } from '../interop/ends.ts'

const hello = (stream: Http2Stream): void => {
  stream.respond({ ':status': 200 })
  stream.end('hello')
}

describe.each<Scheme>(['http', 'https'])('closing a client, %s', (scheme) => {
  it('lets streams in flight end, and opens no more', async () => {
    let held: (stream: Http2Stream) => void
    const holding = new Promise<Http2Stream>((resolve) => (held = resolve))
    const { url, server } = await serve(
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.write('held')
        held(stream)
      },
      { scheme },
    )
    const client = clientOf(url)
    const answer = answerOf(client.request(request(), { end: true }))
    const incoming = await holding
    let closed = false
    const closing = client.close().then(() => (closed = true))
    const error = thrownBy(() => client.request(request()))
    expect(error).toBeInstanceOf(Http2Error)
    expect(error).toMatchObject({ message: expect.stringContaining('closed'), unprocessed: true })
    await expect(client.ping()).rejects.toThrow('closed')
    expect(closed).toBe(false)
    incoming.end(' released')
    expect(String((await answer).body)).toBe('held released')
    await closing
    await expect.poll(() => server.connections).toBe(0)
  })

  it('resets what is left when the grace is over', async () => {
    const { url } = await serve((stream) => stream.respond({ ':status': 200 }), { scheme })
    const client = clientOf(url)
    const stream = client.request(request(), { end: true })
    await new Promise<void>((resolve) => (stream.listener = { onHeaders: () => resolve() }))
    const failed = endOf(stream)
    await client.close({ graceMs: 10 })
    expect(await failed).toMatchObject({ code: 'CANCEL', scope: 'connection', remote: false })
  })

  it('may be asked for twice, and before anything was connected', async () => {
    const { url } = await serve((stream) => stream.respond({ ':status': 200 }), { scheme })
    const client = clientOf(url)
    const failed = endOf(client.request(request(), { end: true }))
    await Promise.all([client.close({ graceMs: 10 }), client.close({ graceMs: 10 })])
    expect(await failed).toMatchObject({ code: 'CANCEL', scope: 'connection', remote: false })
    await client.close()
    await clientOf(url).close()
  })

  it('while it connects lets the streams that wait be answered', async () => {
    const { url } = await serve(hello, { scheme })
    const client = clientOf(url)
    const answer = ask(client, request())
    await client.close()
    expect(String((await answer).body)).toBe('hello')
  })
})

function thrownBy(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return error
  }
  throw new Error('it did not throw')
}
