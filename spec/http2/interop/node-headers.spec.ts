import { describe, expect, it } from 'vitest'
import { createDemo } from './demo.ts'
import { ask, clientOf, nodeClientOf, request, serve, serveNode } from './ends.ts'
import { askNode } from './node-request.ts'
import { octets } from './octets.ts'

describe('header tables', () => {
  const varied = (i: number) => ({
    'x-same': 'same',
    [`x-name-${i % 10}`]: `value ${i % 7}`,
    'x-long': 'l'.repeat(i),
  })

  it.each([0, 100, 4_096, 65_536])(
    "of %i octets on node's side: every field arrives",
    async (headerTableSize) => {
      const { onStream } = createDemo()
      const { url } = await serve(onStream)
      const session = await nodeClientOf(url, { settings: { headerTableSize } })
      for (let i = 0; i < 50; i++) {
        const { body } = await askNode(session, { ':path': '/headers', ...varied(i) })
        expect((JSON.parse(String(body)) as unknown[])[0]).toMatchObject(varied(i))
      }
      const other = await serveNode(
        (stream, { [':path']: path }) => {
          stream.respond({ ':status': 200, ...varied(Number(path!.slice(1))) })
          stream.end()
        },
        { settings: { headerTableSize } },
      )
      const client = clientOf(other.url)
      for (let i = 0; i < 50; i++) {
        const { headers } = await ask(client, request(`/${i}`, 'GET', varied(i)))
        expect(headers.toJSON()).toMatchObject(varied(i))
      }
    },
  )

  it.each([0, 100, 65_536])('of %i octets on ours: every field arrives', async (headerTableSize) => {
    const { onStream } = createDemo()
    const { url } = await serve(onStream, { headerTableSize })
    const session = await nodeClientOf(url)
    for (let i = 0; i < 50; i++) {
      const { body } = await askNode(session, { ':path': '/headers', ...varied(i) })
      expect((JSON.parse(String(body)) as unknown[])[0]).toMatchObject(varied(i))
    }
  })

  it("that node's client changes on the way", async () => {
    const { onStream } = createDemo()
    const { url, errors } = await serve(onStream)
    const session = await nodeClientOf(url)
    for (const headerTableSize of [0, 4_096, 64, 0, 8_192]) {
      session.settings({ headerTableSize })
      for (let i = 0; i < 5; i++)
        expect(String((await askNode(session, { ':path': '/' })).body)).toBe('hello\n')
    }
    expect(errors).toEqual([])
  })
})

describe('large headers', () => {
  const large = Object.fromEntries(
    Array.from({ length: 40 }, (_, i) => [`x-field-${i}`, octets(1_500).toString('base64')]),
  )

  it("of node's client come in CONTINUATION frames, and ours go out in them", async () => {
    const { onStream } = createDemo()
    const { url } = await serve(onStream, { maxHeaderListSize: 200_000 })
    const session = await nodeClientOf(url, { maxSendHeaderBlockLength: 200_000 })
    const { body } = await askNode(session, { ':path': '/headers', ...large })
    expect((JSON.parse(String(body)) as unknown[])[0]).toMatchObject(large)
    const answer = await askNode(session, { ':path': '/large?fields=40' })
    expect(answer.headers).toMatchObject({ 'x-field-0': octets(750).toString('hex') })
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('x-field'))).toHaveLength(40)
  })

  it("of our client come to node's server, and its own come back", async () => {
    const options = { settings: { maxHeaderListSize: 200_000 }, maxSendHeaderBlockLength: 200_000 }
    const { url } = await serveNode((stream, { ':path': _path, ...headers }) => {
      const fields = Object.entries(headers).filter(([name]) => name.startsWith('x-field'))
      stream.respond({ ':status': 200, ...Object.fromEntries(fields) })
      stream.end()
    }, options)
    const client = clientOf(url, { maxHeaderListSize: 200_000 })
    expect((await ask(client, request('/', 'GET', large))).headers.toJSON()).toMatchObject(large)
  })

  it('over our limit end their stream alone', async () => {
    const { onStream } = createDemo()
    const { url } = await serve(onStream, { maxHeaderListSize: 40_000 })
    const session = await nodeClientOf(url, { maxSendHeaderBlockLength: 200_000 })
    await expect(askNode(session, { ':path': '/headers', ...large })).rejects.toThrow('ENHANCE_YOUR_CALM')
    expect(String((await askNode(session, { ':path': '/' })).body)).toBe('hello\n')
  })

  it("over node's limit are an error for who sends them", async () => {
    const { url } = await serveNode((stream) => stream.respond({ ':status': 200 }, { endStream: true }), {
      settings: { maxHeaderListSize: 10_000 },
    })
    const client = clientOf(url)
    await client.ping()
    expect((await ask(client, request())).headers.status).toBe(200)
    expect(() => client.request(request('/', 'GET', large))).toThrow('the peer takes 10000')
    expect((await ask(client, request())).headers.status).toBe(200)
  })
})

it("our SETTINGS are what node's client reads", async () => {
  const { url } = await serve(() => {}, {
    maxConcurrentStreams: 33,
    streamWindow: 12_345,
    headerTableSize: 100,
  })
  const { remoteSettings } = await nodeClientOf(url)
  expect(remoteSettings).toMatchObject({
    maxConcurrentStreams: 33,
    initialWindowSize: 12_345,
    headerTableSize: 100,
    maxFrameSize: 16_384,
    maxHeaderListSize: 16_384,
  })
})
