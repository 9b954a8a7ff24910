import { Agent } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ask, chunk, chunked, connectTo, dechunk, head, post, rawConnect, serveDemo } from './support.ts'

const ndjson = 'application/x-ndjson'
const json = 'application/json'
const gone = { code: 'CANCELLED', message: 'the client has gone' }

/** The statuses of the answers on a connection, in order. */
const statuses = (received: string): number[] =>
  [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]))

describe('a client that vanishes', () => {
  it('while its call runs: the signal aborts and finally runs', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/life/hold', {}))
    await probe.until('hold began')
    raw.socket.resetAndDestroy()
    await probe.until('hold ended')
    expect(probe.value('hold ended')).toMatchObject(gone)
  })

  it.each([
    ['lines', ndjson, '{"value":1}\n{"val'],
    ['an array', json, '[{"value":1},{"val'],
  ])('in the middle of sending %s', async (_, type, begin) => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(head('/life/read', chunked(type)) + chunk(begin))
    await probe.until('read item')
    raw.socket.destroy()
    await probe.until('read ended')
    expect(probe.value('read ended')).toMatchObject(gone)
    expect(probe.count('read item')).toBe(1)
  })

  it('in the middle of one chunk', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(head('/life/talk', chunked(ndjson)) + 'ff\r\n{"value":1}\n{"va')
    await raw.until('{"value":1}\n')
    raw.socket.resetAndDestroy()
    await probe.until('talk ended')
    expect(probe.value('talk ended')).toMatchObject({ code: 'CANCELLED' })
  })

  it('in the middle of a single message: nothing runs', async () => {
    const { port, probe, url } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(head('/values/text', { 'content-type': json, 'content-length': 100 }) + '{"text":')
    raw.socket.end()
    await raw.closed
    expect(probe.events).toEqual([])
    expect(await ask(`${url}/values/nothing`)).toMatchObject({ status: 200 })
  })

  it('while it is being answered, having read nothing', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.socket.pause()
    raw.send(post('/life/endless', {}))
    await probe.until('endless began')
    raw.socket.resetAndDestroy()
    await probe.until('endless ended')
  })

  it('while it is being answered and reads', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/life/stall', {}))
    await raw.until('{"value":0}')
    raw.socket.destroy()
    await probe.until('stall ended')
    expect(probe.value('stall ended')).toMatchObject(gone)
  })

  it('with many calls behind each other: all that run are cancelled, the others never run', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/life/hold', {}).repeat(5))
    await probe.until('hold began')
    const began = probe.count('hold began')
    raw.socket.resetAndDestroy()
    await probe.until('hold ended', began)
    expect(probe.count('hold ended')).toBe(probe.count('hold began'))
  })
})

describe('requests behind each other on one connection', () => {
  it('are answered in order, whatever finishes first', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(
      post('/life/busy', {}) +
        post('/values/text', { text: 'second' }) +
        post('/streams/count', { to: 2 }) +
        post('/values/nope', {}),
    )
    await probe.until('busy began')
    expect(raw.received).toBe('')
    probe.open('busy')
    const received = await raw.until('UNKNOWN_METHOD')
    expect(statuses(received)).toEqual([200, 200, 200, 404])
    expect(received.indexOf('{"text":"second"}')).toBeLessThan(received.indexOf('{"value":0}'))
  })

  it('a hundred at once are all answered', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(Array.from({ length: 100 }, (_, i) => post('/values/text', { text: `<${i}>` })).join(''))
    const received = await raw.until('<99>')
    expect([...received.matchAll(/<(\d+)>/g)].map((match) => Number(match[1]))).toEqual(
      Array.from({ length: 100 }, (_, i) => i),
    )
  })

  it('a stream that fails takes those behind it with it, and nothing is told twice', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/failures/after', { items: 1, how: 'plain' }) + post('/values/text', { text: 'never' }))
    const received = await raw.closed
    expect(dechunk(received)).toEqual({ body: '{"value":0}\n', complete: false })
    expect(received).not.toContain('never')
  })

  it('rubbish behind a request does not reach into its answer', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/life/stall', {}))
    await raw.until('{"value":0}\n')
    raw.send('RUBBISH\r\n\r\n')
    const received = await raw.closed
    expect(statuses(received)).toEqual([200])
    expect(dechunk(received)).toEqual({ body: '{"value":0}\n', complete: false })
    await probe.until('stall ended')
  })

  it('rubbish behind a request that is not yet answered is no answer to it', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/life/busy', {}))
    await probe.until('busy began')
    raw.send('RUBBISH\r\n\r\n')
    const received = await raw.closed
    expect(received).toBe('')
    probe.open('busy')
  })
})

describe('an answer that comes before the end of its request', () => {
  // What is left of the body must never be read as the next request.
  const smuggled = post('/values/text', { text: 'smuggled' })

  it.each([
    ['of the wrong type', '/values/text', 'text/plain'],
    ['of the wrong type, a stream', '/streams/sum', 'text/plain'],
    ['of a method that nobody serves', '/values/nope', json],
    ['that is no JSON', '/values/text', json],
    ['that is no JSON, a stream', '/streams/sum', ndjson],
    ['for the head alone', '/metadata/mirror', json],
  ])('%s does not let its rest be taken for a request', async (_, path, type) => {
    const { port } = await serveDemo()
    const timeout = path === '/metadata/mirror' ? { 'x-microapi-timeout-ms': 'x' } : {}
    const rest = `\n${smuggled}`
    for (const together of [true, false]) {
      const raw = await rawConnect(port)
      const body = `oops${rest}`
      const start = head(path, { 'content-type': type, 'content-length': body.length, ...timeout })
      if (together) raw.send(start + body)
      else {
        raw.send(`${start}oops`)
        setImmediate(() => raw.socket.writable && raw.send(rest))
      }
      await raw.until(/HTTP\/1\.1 4\d\d[^]*"retryable":false\}/)
      // The connection either ends or goes on behind the body.
      if (raw.socket.writable) raw.send(post('/values/text', { text: 'next' }))
      const closed = raw.closed.then(() => 'closed')
      await Promise.race([closed, raw.until('"next"').catch(() => 'closed')])
      expect(raw.received).not.toContain('{"text":"smuggled"}')
      expect(
        statuses(raw.received)
          .slice(1)
          .every((status) => status === 200),
      ).toBe(true)
    }
  })

  it('given by a handler that reads no further: the connection can be used again', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(head('/streams/first', chunked(ndjson)) + chunk('{"value":7}\n'))
    await raw.until('{"value":7}')
    raw.send(chunk(smuggled) + chunk('{"value":8}\n') + chunk(''))
    raw.send(post('/values/text', { text: 'next' }))
    await raw.until('{"text":"next"}')
    expect(statuses(raw.received)).toEqual([200, 200])
    expect(raw.received).not.toContain('{"text":"smuggled"}')
  })

  it('does not trouble our client, which goes on', async () => {
    const { url } = await serveDemo()
    const client = connectTo({ url })
    for (let i = 0; i < 20; i++) {
      const many = Array.from({ length: 2_000 }, (_, value) => ({ value }))
      expect(await client.streams.first(many)).toEqual({ value: 0 })
      expect(await client.values.text({ text: `after ${i}` })).toEqual({ text: `after ${i}` })
    }
  })
})

describe('a kept connection', () => {
  it('is used again after answers of every sort', async () => {
    const { url } = await serveDemo()
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const sockets = new Set<unknown>()
    agent.on('free', (socket) => sockets.add(socket))
    const headers = { 'content-type': json }
    for (const [path, body, status] of [
      ['/values/text', '{"text":"a"}', 200],
      ['/values/text', '{"text":5}', 400],
      ['/values/nope', '{}', 404],
      ['/streams/count', '{"to":3}', 200],
      ['/streams/sum', '[{"value":1}]', 200],
      ['/failures/secret', '{}', 500],
      ['/values/nothing', '{}', 200],
    ] as const) {
      expect((await ask(url + path, { headers, body, agent })).status).toBe(status)
    }
    expect(sockets.size).toBe(1)
  })

  it('that is idle is closed by the server in time', async () => {
    const { port } = await serveDemo({ keepAliveMs: 20 })
    const raw = await rawConnect(port)
    raw.send(post('/values/nothing', {}))
    expect(statuses(await raw.closed)).toEqual([200])
  })

  it('ends when its client asks for it', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/streams/count', { to: 1 }, { connection: 'close' }))
    expect(dechunk(await raw.closed)).toEqual({ body: '{"value":0}\n', complete: true })
  })

  it('of HTTP/1.0 gets its answer and its end', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send('POST /values/nothing HTTP/1.0\r\n\r\n')
    expect(await raw.closed).toMatch(/^HTTP\/1\.1 200 OK[^]*\{\}$/)
  })
})
