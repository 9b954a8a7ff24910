import { describe, expect, it } from 'vitest'
import { createDemo } from './demo.ts'
import { ask, clientOf, nodeClientOf, request, serve, serveNode } from './ends.ts'
import { askNode } from './node-request.ts'
import { MiB, octets } from './octets.ts'

// A window of one octet costs a WINDOW_UPDATE for each: by default that is taken for what it mostly is, an attack.
const patient = { floods: { windowUpdates: 10_000 } }
const post = (path: string) => ({ ':path': path, ':method': 'POST' })

describe('windows', () => {
  it.each([
    [1_000, MiB],
    [1, 3_000],
  ])("of %i octets, node's client: the answer comes whole", async (initialWindowSize, size) => {
    const { onStream } = createDemo()
    const { url, errors } = await serve(onStream, patient)
    const session = await nodeClientOf(url, { settings: { initialWindowSize } })
    const both = await Promise.all(
      [1, 2].map(() => askNode(session, post('/echo'), { body: octets(size), slowly: true })),
    )
    for (const { body, trailers } of both) {
      expect(body.equals(octets(size))).toBe(true)
      expect(trailers?.['x-octets']).toBe(String(size))
    }
    expect(errors).toEqual([])
  })

  it.each([
    [1_000, MiB],
    [1, 3_000],
  ])("of %i octets, our server: node's body comes whole", async (streamWindow, size) => {
    const { onStream } = createDemo()
    const { url } = await serve(onStream, { streamWindow, connectionWindow: 65_535 })
    const session = await nodeClientOf(url)
    const { body } = await askNode(session, post('/echo'), { body: octets(size) })
    expect(body.equals(octets(size))).toBe(true)
  })

  it.each([
    [1_000, MiB],
    [1, 3_000],
  ])("of %i octets, node's server: our body comes whole", async (initialWindowSize, size) => {
    const { url } = await serveNode(
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.pipe(stream)
      },
      { settings: { initialWindowSize } },
    )
    const client = clientOf(url, patient)
    const both = await Promise.all(
      [1, 2].map(() => ask(client, request('/', 'POST'), { body: octets(size) })),
    )
    for (const { body } of both) expect(body.equals(octets(size))).toBe(true)
  })

  it.each([
    [1_000, MiB],
    [1, 3_000],
  ])("of %i octets, our client: node's answer comes whole", async (streamWindow, size) => {
    const { url } = await serveNode((stream) => {
      stream.respond({ ':status': 200 })
      stream.end(octets(size))
    })
    const client = clientOf(url, { streamWindow, connectionWindow: 65_535 })
    const both = await Promise.all([1, 2].map(() => ask(client, request())))
    for (const { body } of both) expect(body.equals(octets(size))).toBe(true)
  })

  it("that node's client opens and shuts while an answer is under way lose nothing", async () => {
    const { onStream } = createDemo()
    const { url, errors } = await serve(onStream)
    const session = await nodeClientOf(url)
    const answer = askNode(session, { ':path': `/download?octets=${4 * MiB}` }, { slowly: true })
    for (const initialWindowSize of [0, 10, 100_000, 0, 1, 2 ** 20]) {
      await new Promise<void>((resolve) => session.settings({ initialWindowSize }, () => resolve()))
    }
    expect((await answer).body.equals(octets(4 * MiB))).toBe(true)
    expect(errors).toEqual([])
  })
})

describe('padding', () => {
  it.each([
    ['ALIGNED', 1],
    ['MAX', 2],
  ])("%s of node's is taken off, and counts for the windows", async (_name, paddingStrategy) => {
    const { onStream } = createDemo()
    const { url, errors } = await serve(onStream, { streamWindow: 20_000, connectionWindow: 65_535 })
    const session = await nodeClientOf(url, { paddingStrategy })
    const body = octets(MiB)
    expect((await askNode(session, post('/echo'), { body })).body.equals(body)).toBe(true)
    expect(errors).toEqual([])

    const other = await serveNode(
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.pipe(stream)
      },
      { paddingStrategy },
    )
    const client = clientOf(other.url, { streamWindow: 20_000, connectionWindow: 65_535 })
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(client, request('/', 'POST'), { body: octets(100_000 + i) })),
    )
    expect(answers.map((one) => one.body.length)).toEqual(answers.map((_, i) => 100_000 + i))
  })
})
