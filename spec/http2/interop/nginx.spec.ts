import { createServer } from 'microapi-ts/http2'
import { expect, it, onTestFinished } from 'vitest'
import { createDemo } from './demo.ts'
import { answerOf, ask, clientOf, endOf, nodeClientOf, request, serve } from './ends.ts'
import { nginx, startNginx } from './nginx.ts'
import { askNode } from './node-request.ts'
import { MiB, octets } from './octets.ts'
import { describeTool } from './tools.ts'

// Our client in front, nginx between (as a proxy of gRPC, which is any HTTP/2 with trailers), our server behind.
describeTool(nginx, () => {
  async function start() {
    const demo = createDemo()
    const served = await serve(demo.onStream)
    const proxy = await startNginx(served.port)
    return { ...demo, ...served, proxy, client: clientOf(proxy.url) }
  }

  it('passes answers on, with headers and trailers', async () => {
    const { client } = await start()
    expect(String((await ask(client, request('/'))).body)).toBe('hello\n')
    const { headers, body, trailers } = await ask(client, request('/trailers'))
    expect([headers.get('x-first'), String(body), trailers?.get('x-last')]).toEqual(['1', 'body\n', '2'])
    const [fields] = JSON.parse(
      String((await ask(client, request('/headers', 'GET', { te: 'trailers', 'x-one': '1' }))).body),
    ) as [Record<string, string>]
    expect(fields).toMatchObject({ ':method': 'GET', te: 'trailers', 'x-one': '1' })
  })

  it('passes 4 MiB up and 8 MiB down', async () => {
    const { client, errors } = await start()
    const up = await ask(client, request('/size', 'POST'), { body: octets(4 * MiB) })
    expect(String(up.body)).toBe(`${4 * MiB} -\n`)
    const down = await ask(client, request(`/download?octets=${8 * MiB}`))
    expect(down.body.equals(octets(8 * MiB))).toBe(true)
    expect(errors).toEqual([])
  })

  it('passes 2 MiB both ways at once', async () => {
    const { client } = await start()
    const { body, trailers } = await ask(client, request('/echo', 'POST'), { body: octets(2 * MiB) })
    expect(body.equals(octets(2 * MiB))).toBe(true)
    expect(trailers?.get('x-octets')).toBe(String(2 * MiB))
  })

  it('passes many streams at once', async () => {
    const { client, server, proxy } = await start()
    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, i) =>
        ask(client, request('/size', 'POST'), { body: 'x'.repeat(i + 1) }),
      ),
    )
    expect(answers.map(({ body }) => parseInt(String(body), 10))).toEqual(answers.map((_, i) => i + 1))
    expect(server.connections).toBeGreaterThan(0)
    expect(proxy.complaints()).not.toMatch(/error/)
  })

  it("serves node:http2's client too", async () => {
    const { proxy } = await start()
    const session = await nodeClientOf(proxy.url)
    const echo = { ':path': '/echo', ':method': 'POST' }
    const { body } = await askNode(session, echo, { body: octets(MiB), slowly: true })
    expect(body.equals(octets(MiB))).toBe(true)
  })

  it('ends the stream behind it when its client cancels', async () => {
    const { client, probe } = await start()
    const stream = client.request(request('/hold'), {
      end: true,
      listener: { onHeaders: () => stream.reset('CANCEL') },
    })
    await probe.until('hold ended')
    // Not by a reset: nginx closes the connection, which carries nothing else.
    expect(probe.value('hold ended')).toBe('INTERNAL_ERROR')

    const upload = client.request(request('/size', 'POST'))
    upload.write(octets(100_000))
    const download = client.request(request(`/download?octets=${8 * MiB}`), {
      end: true,
      listener: { onData: () => download.reset('CANCEL') },
    })
    await probe.until('download failed')
    upload.reset('CANCEL')
    await probe.until('size failed')
    expect(String((await ask(client, request('/'))).body)).toBe('hello\n')
  })

  it('tells its client of a reset behind it', async () => {
    const { client } = await start()
    // Before the headers it is an answer of nginx's own.
    expect((await ask(client, request('/reset?code=INTERNAL_ERROR'))).headers.status).toBe(502)
    const late = endOf(client.request(request('/reset?code=INTERNAL_ERROR&late'), { end: true }))
    expect(await late).toMatchObject({ remote: true })
  })

  it('lets our server restart: what is under way ends well, and the new one is found', async () => {
    const { client, probe, port, server, onStream } = await start()
    const held = answerOf(client.request(request('/hold'), { end: true }))
    await probe.until('hold began')
    const closing = server.close()
    const next = createServer(onStream)
    onTestFinished(() => next.close({ graceMs: 0 }))
    await next.listen({ port })
    // While the old one still works, the new one answers.
    for (let i = 0; i < 20; i++) expect(String((await ask(client, request('/'))).body)).toBe('hello\n')
    probe.open('hold')
    expect(String((await held).body)).toBe('held\nreleased\n')
    await closing
    for (let i = 0; i < 20; i++) expect(String((await ask(client, request('/'))).body)).toBe('hello\n')
  })
})
