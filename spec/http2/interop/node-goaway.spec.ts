import { constants } from 'node:http2'
import { describe, expect, it } from 'vitest'
import { createDemo } from './demo.ts'
import {
  answerOf,
  ask,
  clientOf,
  endOf,
  nodeClientOf,
  request,
  serve,
  serveNode,
  type Scheme,
} from './ends.ts'
import { askNode } from './node-request.ts'
import { MiB, octets } from './octets.ts'

describe.each<Scheme>(['http', 'https'])('GOAWAY, %s', (scheme) => {
  it("of our server: node's streams in flight end well, and no more begin", async () => {
    const { onStream, probe } = createDemo()
    const { url, server, errors } = await serve(onStream, { scheme })
    const session = await nodeClientOf(url)
    const goaways: number[] = []
    session.on('goaway', (code) => goaways.push(code))
    const closed = new Promise((resolve) => session.on('close', resolve))
    const held = askNode(session, { ':path': '/hold' })
    const loading = askNode(session, { ':path': `/download?octets=${2 * MiB}` }, { slowly: true })
    await probe.until('hold began')
    const closing = server.close()
    expect((await loading).body.equals(octets(2 * MiB))).toBe(true)
    await new Promise<void>((resolve) =>
      goaways.length > 0 ? resolve() : session.once('goaway', () => resolve()),
    )
    probe.open('hold')
    expect(String((await held).body)).toBe('held\nreleased\n')
    await Promise.all([closing, closed])
    expect(goaways.every((code) => code === constants.NGHTTP2_NO_ERROR)).toBe(true)
    expect(errors).toEqual([])
    await expect(askNode(session, { ':path': '/' })).rejects.toThrow(/destroyed|GOAWAY|closed/i)
  })

  it("of node's client: our streams in flight end well", async () => {
    const { onStream, probe } = createDemo()
    const { url, server, errors } = await serve(onStream, { scheme })
    const session = await nodeClientOf(url)
    const held = askNode(session, { ':path': '/hold' })
    await probe.until('hold began')
    // Lets its streams end, then says GOAWAY and ends the socket.
    const closed = new Promise<void>((resolve) => session.close(resolve))
    session.goaway(constants.NGHTTP2_NO_ERROR)
    probe.open('hold')
    expect(String((await held).body)).toBe('held\nreleased\n')
    await closed
    await server.close()
    expect(errors).toEqual([])
  })

  it("of node's server: our streams in flight end well, and the next one opens another connection", async () => {
    let release = (): void => {}
    const { url, sessions } = await serveNode(
      (stream, headers) => {
        stream.respond({ ':status': 200 })
        if (headers[':path'] === '/hold') release = () => stream.end('released')
        else stream.end(octets(MiB))
      },
      { scheme },
    )
    const client = clientOf(url)
    const held = answerOf(client.request(request('/hold'), { end: true }))
    expect((await ask(client, request())).body.length).toBe(MiB)
    const pinged = client.ping()
    sessions[0]!.close()
    sessions[0]!.goaway(constants.NGHTTP2_NO_ERROR)
    await pinged
    expect((await ask(client, request())).body.equals(octets(MiB))).toBe(true)
    expect(sessions).toHaveLength(2)
    release()
    expect(String((await held).body)).toBe('released')
  })

  it("of node's server with a last id: what is above was never processed, and says so", async () => {
    const { url, sessions } = await serveNode(
      (stream) => {
        stream.respond({ ':status': 200 })
        if (stream.id! > 1) return
        sessions[0]!.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 1, Buffer.from('too busy'))
        stream.end('done')
      },
      { scheme },
    )
    const client = clientOf(url)
    const [first, second] = [1, 2].map(() => endOf(client.request(request(), { end: true })))
    expect(await second).toMatchObject({
      code: 'ENHANCE_YOUR_CALM',
      scope: 'connection',
      remote: true,
      unprocessed: true,
      message: expect.stringContaining('too busy'),
    })
    expect(await first).toBeUndefined()
  })

  it("of our client, when it closes: node's server answers what is under way, then the session is over", async () => {
    let release = (): void => {}
    const { url, sessions } = await serveNode(
      (stream) => {
        stream.respond({ ':status': 200 })
        release = () => stream.end('released')
      },
      { scheme },
    )
    const client = clientOf(url)
    const stream = client.request(request(), { end: true })
    const answer = answerOf(stream)
    const { onHeaders } = stream.listener
    await new Promise<void>((resolve) => {
      stream.listener.onHeaders = (...args) => {
        onHeaders!(...args)
        resolve()
      }
    })
    const over = new Promise((resolve) => sessions[0]!.on('close', resolve))
    const closing = client.close()
    expect(() => client.request(request())).toThrow('was closed')
    release()
    expect(String((await answer).body)).toBe('released')
    await closing
    await over
  })

  it("of our server, when the grace is over: node's streams are ended", async () => {
    const { onStream, probe } = createDemo()
    const { url, server } = await serve(onStream, { scheme })
    const session = await nodeClientOf(url)
    const held = askNode(session, { ':path': '/hold' })
    const failed = held.then(
      () => undefined,
      (error: unknown) => error,
    )
    await probe.until('hold began')
    await server.close({ graceMs: 20 })
    expect(await failed).toBeInstanceOf(Error)
    expect(probe.value('hold ended')).toBe('CANCEL')
  })
})
