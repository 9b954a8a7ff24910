import { createServer } from 'node:http'
import { RpcError } from 'microapi-ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  ask,
  askJson,
  chunk,
  chunked,
  collect,
  connectTo,
  curl,
  dechunk,
  failureOf,
  fakeServer,
  head,
  post,
  rawConnect,
  serveDemo,
  typeClientOf,
  type Demo,
  type Raw,
} from './support.ts'

const ndjson = 'application/x-ndjson'
const asksForEnds = { accept: `${ndjson}; envelope=1` }

/** The body of a stream, asked for on a socket of its own; the connection stays open behind a clean end. */
async function streamOf(
  demo: Demo,
  path: string,
  input: unknown,
  headers: Record<string, string> = {},
): Promise<string> {
  const raw = await rawConnect(demo.port)
  raw.send(post(path, input, headers))
  const answer = await raw.until('\r\n0\r\n\r\n')
  return dechunk(answer).body
}

describe('a stream of answers', () => {
  it('is NDJSON: one message a line, to the byte', async () => {
    const { url } = await serveDemo()
    const { status, headers, text } = await askJson(`${url}/streams/count`, { to: 3 })
    expect(status).toBe(200)
    expect(headers['content-type']).toBe(ndjson)
    // Else Chromium reads on for its cache, however slow the page is.
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['transfer-encoding']).toBe('chunked')
    expect(text).toBe('{"value":0}\n{"value":1}\n{"value":2}\n')
  })

  it('of no messages is an empty body', async () => {
    const { url } = await serveDemo()
    expect(await askJson(`${url}/streams/count`, { to: 0 })).toMatchObject({ status: 200, text: '' })
  })

  it('line breaks within messages are escaped', async () => {
    const { url } = await serveDemo()
    const { text } = await askJson(`${url}/streams/echo`, [{ text: 'a\nb\r\u2028' }])
    expect(text).toBe('{"text":"a\\nb\\r\u2028"}\n')
  })

  it('leaves message by message, not at its end', async () => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/life/stall', {}))
    await raw.until('{"value":0}\n')
    expect(probe.count('stall ended')).toBe(0)
  })

  it('is read by curl -N', async () => {
    const { url } = await serveDemo()
    const args = ['-N', '-H', 'content-type: application/json', '-d', '{"to":2}']
    expect(await curl(...args, `${url}/streams/count`)).toEqual({
      exit: 0,
      status: 200,
      body: '{"value":0}\n{"value":1}\n',
    })
  })
})

describe('a stream of answers that fails', () => {
  it('before its first message is an answer of its status', async () => {
    const { url } = await serveDemo()
    for (const headers of [{}, asksForEnds]) {
      const { status, text } = await askJson(`${url}/failures/after`, { items: 0, how: 'declared' }, headers)
      expect(status).toBe(400)
      expect(JSON.parse(text)).toEqual({
        error: 'nothing left',
        code: 'FAILED_PRECONDITION',
        status_code: 9,
        reason: 'OUT_OF_STOCK',
        details: { left: 0 },
        retryable: false,
      })
    }
  })

  it('later ends the connection without the last chunk, for whoever did not ask to be told', async () => {
    const { port, url } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(post('/failures/after', { items: 2, how: 'plain' }))
    expect(dechunk(await raw.closed)).toEqual({ body: '{"value":0}\n{"value":1}\n', complete: false })
    // 18: a partial file.
    const args = ['-H', 'content-type: application/json', '-d', '{"items":2,"how":"plain"}']
    expect(await curl(...args, `${url}/failures/after`)).toMatchObject({ exit: 18, status: 200 })
  })

  it('later is told in the last line to whoever asked', async () => {
    const demo = await serveDemo()
    expect(await streamOf(demo, '/failures/after', { items: 1, how: 'plain' }, asksForEnds)).toBe(
      '{"value":0}\n[{"type":"stream_end","error":"gone","code":"ABORTED","status_code":10,"retryable":false}]\n',
    )
    expect(await streamOf(demo, '/failures/after', { items: 1, how: 'declared' }, asksForEnds)).toBe(
      '{"value":0}\n[{"type":"stream_end","error":"nothing left","code":"FAILED_PRECONDITION","status_code":9,"reason":"OUT_OF_STOCK","details":{"left":1},"retryable":false}]\n',
    )
  })

  it('by a secret tells nobody', async () => {
    const demo = await serveDemo()
    expect(await streamOf(demo, '/failures/after', { items: 1, how: 'secret' }, asksForEnds)).toBe(
      '{"value":0}\n[{"type":"stream_end","error":"internal error","code":"INTERNAL","status_code":13,"retryable":false}]\n',
    )
    expect(demo.log.lines).toHaveLength(1)
  })
})

describe('envelope=1', () => {
  it('is answered with that type, plain lines and a stream_end', async () => {
    const { url } = await serveDemo()
    const { headers, text } = await askJson(`${url}/streams/count`, { to: 2 }, asksForEnds)
    expect(headers['content-type']).toBe(`${ndjson}; envelope=1`)
    expect(text).toBe('{"value":0}\n{"value":1}\n[{"type":"stream_end"}]\n')
  })

  it('the trailer stands in the stream_end', async () => {
    const { url } = await serveDemo()
    const { text } = await askJson(`${url}/metadata/stream`, { items: 1 }, asksForEnds)
    expect(text).toBe('{"value":0}\n[{"type":"stream_end","metadata":{"count":"1","from-trailer":"late"}}]\n')
  })

  it('may stand among other types, and with blanks', async () => {
    const { url } = await serveDemo()
    const accept = `application/json, ${ndjson} ; envelope=1, */*`
    const { headers } = await askJson(`${url}/streams/count`, { to: 0 }, { accept })
    expect(headers['content-type']).toBe(`${ndjson}; envelope=1`)
  })

  it.each([ndjson, '*/*', `${ndjson}; envelope=2`, 'application/json; envelope=1'])(
    'is not asked for by Accept: %s',
    async (accept) => {
      const { url } = await serveDemo()
      const { headers, text } = await askJson(`${url}/streams/count`, { to: 1 }, { accept })
      expect(headers['content-type']).toBe(ndjson)
      expect(text).toBe('{"value":0}\n')
    },
  )

  it('a silent stream says that it lives', async () => {
    const { port } = await serveDemo({ pingIntervalMs: 10 })
    const raw = await rawConnect(port)
    raw.send(post('/life/stall', {}, asksForEnds))
    await raw.until(/\{"value":0\}\n[^]*\[\{"type":"ping"\}\]\n[^]*\[\{"type":"ping"\}\]\n/)
  })

  it('a client hears no pings, and reads on behind them', async () => {
    const { url, probe } = await serveDemo({ pingIntervalMs: 10 })
    const client = connectTo({ url })
    const talk = client.life.talk()
    await talk.send({ value: 1 })
    expect((await talk.next()).value).toEqual({ value: 1 })
    // A stream beside it has been silent as long: pings have come on both by then.
    const raw = await rawConnect(Number(new URL(url).port))
    raw.send(post('/life/stall', {}, asksForEnds))
    await raw.until(/(ping[^]*){3}/)
    await talk.send({ value: 2 })
    expect((await talk.next()).value).toEqual({ value: 2 })
    await talk.end()
    expect(await talk.next()).toMatchObject({ done: true })
    expect(probe.count('talk ended')).toBe(1)
  })

  it('pings go to nobody who did not ask', async () => {
    const { port, probe } = await serveDemo({ pingIntervalMs: 5 })
    const plain = await rawConnect(port)
    plain.send(post('/life/stall', {}))
    await plain.until('{"value":0}\n')
    const told = await rawConnect(port)
    told.send(post('/life/stall', {}, asksForEnds))
    await told.until(/(ping[^]*){3}/)
    expect(dechunk(plain.received).body).toBe('{"value":0}\n')
    plain.socket.destroy()
    await probe.until('stall ended')
  })
})

describe('a stream of messages', () => {
  it.each([
    ['a JSON array', 'application/json', '[{"value":1},\n{"value":2}]'],
    ['NDJSON', ndjson, '{"value":1}\n{"value":2}\n'],
    ['NDJSON without the last line break', ndjson, '{"value":1}\r\n\r\n{"value":2}'],
    ['an array of one chunk each', 'application/json', '[ {"value":1} , {"value":2} ]\n'],
  ])('is %s', async (_, type, body) => {
    const { url } = await serveDemo()
    const answer = await ask(`${url}/streams/sum`, { headers: { 'content-type': type }, body })
    expect([answer.status, answer.text]).toEqual([200, '{"count":2,"total":3}'])
    expect(await curl('-H', `content-type: ${type}`, '--data-binary', body, `${url}/streams/sum`)).toEqual({
      exit: 0,
      status: 200,
      body: '{"count":2,"total":3}',
    })
  })

  it.each([
    ['[]', 'application/json', '[]'],
    ['null', 'application/json', 'null'],
    ['{}', 'application/json', '{}'],
    ['blanks', 'application/json', ' \n'],
    ['nothing, as JSON', 'application/json', ''],
    ['no lines', ndjson, ''],
    ['empty lines', ndjson, '\n\r\n \n'],
    ['nothing of no type', undefined, ''],
  ])('is empty when it is %s', async (_, type, body) => {
    const { port, url } = await serveDemo()
    const headers = type === undefined ? {} : { 'content-type': type }
    const { status, text } = await ask(`${url}/streams/sum`, { headers, body })
    expect([status, text]).toEqual([200, '{"count":0,"total":0}'])
    if (type === undefined) return
    const raw = await rawConnect(port)
    raw.send(head('/streams/sum', chunked(type)) + (body === '' ? '' : chunk(body)) + chunk(''))
    await raw.until('{"count":0,"total":0}')
  })

  it.each(['{"value":1}', '5', '"[]"'])('is not %s: 400', async (body) => {
    const { url } = await serveDemo()
    const { status, text } = await askJson(`${url}/streams/sum`, body)
    expect(status).toBe(400)
    expect(JSON.parse(text)).toMatchObject({ code: 'INVALID_ARGUMENT' })
  })

  it.each([
    ['NDJSON', ndjson, ['{"value":1}\n', '{"value":2}\n'], ''],
    ['an array', 'application/json', ['[{"value":1}', ',\n{"value":2}'], ']'],
  ])('as %s reaches the handler message by message', async (_, type, items, end) => {
    const { port, probe } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(head('/life/read', chunked(type)))
    for (const [i, item] of items.entries()) {
      raw.send(chunk(item))
      await probe.until('read item', i + 1)
      expect(probe.count('read item')).toBe(i + 1)
    }
    if (end !== '') raw.send(chunk(end))
    raw.send(chunk(''))
    await raw.until('{"value":3}')
  })

  it('arrives whole through chunks that are cut anywhere', async () => {
    const { port } = await serveDemo()
    const raw = await rawConnect(port)
    raw.send(head('/streams/echo', chunked('application/json')))
    const bytes = Buffer.from(JSON.stringify([{ text: 'Zoë €' }, { text: '"],[{' }]))
    for (const byte of bytes)
      raw.send(Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]))
    raw.send(chunk(''))
    expect(dechunk(await raw.until('\r\n0\r\n\r\n')).body).toBe('{"text":"Zoë €"}\n{"text":"\\"],[{"}\n')
  })
})

describe('a two-way stream', () => {
  it('answers each line before the next one is sent', async () => {
    const { port } = await serveDemo()
    const raw: Raw = await rawConnect(port)
    raw.send(head('/life/talk', { ...chunked(ndjson), ...asksForEnds }))
    for (const value of [1, 2, 3]) {
      raw.send(chunk(`{"value":${value}}\n`))
      await raw.until(`{"value":${value}}\n`)
    }
    raw.send(chunk(''))
    const answer = await raw.until('\r\n0\r\n\r\n')
    expect(dechunk(answer).body).toBe('{"value":1}\n{"value":2}\n{"value":3}\n[{"type":"stream_end"}]\n')
  })
})

describe('our client', () => {
  it('writes a stream as one chunked array, item by item', async () => {
    const requests: string[] = []
    const url = await fakeServer((socket, request) => {
      requests.push(request)
      socket.end(
        'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 21\r\n\r\n{"count":2,"total":3}',
      )
    })
    const client = connectTo({ url })
    expect(await client.streams.sum([{ value: 1 }, { value: 2 }])).toEqual({ count: 2, total: 3 })
    expect(requests[0]).toMatch(/^POST \/streams\/sum HTTP\/1\.1\r\n/)
    expect(requests[0]!.toLowerCase()).toContain('content-type: application/json\r\n')
    expect(requests[0]!.toLowerCase()).toContain('transfer-encoding: chunked\r\n')
    expect(requests[0]!.toLowerCase()).toContain(
      'accept: application/x-ndjson; envelope=1, application/json\r\n',
    )
    expect(dechunk(requests[0]!)).toEqual({ body: '[{"value":1},\n{"value":2}]', complete: true })
  })

  it('sends each message when it is there, without waiting for the next', async () => {
    const seen: string[] = []
    let seeMore: () => void = () => {}
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (text: string) => {
        seen.push(text)
        seeMore()
      })
      request.on('end', () =>
        response.setHeader('content-type', 'application/json').end('{"count":2,"total":3}'),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const until = (text: string): Promise<void> =>
      new Promise((resolve) => {
        seeMore = () => {
          if (seen.join('') === text) resolve()
        }
        seeMore()
      })
    const client = connectTo({ port: (server.address() as { port: number }).port })
    const call = client.streams.sum()
    await call.send({ value: 1 })
    await until('[{"value":1}')
    await call.send({ value: 2 })
    await until('[{"value":1},\n{"value":2}')
    await call.end()
    expect(await call).toEqual({ count: 2, total: 3 })
    expect(seen.join('')).toBe('[{"value":1},\n{"value":2}]')
  })

  it('sends a stream of no messages as []', async () => {
    const { url } = await serveDemo()
    expect(await connectTo({ url }).streams.sum([])).toEqual({ count: 0, total: 0 })
  })

  it('takes a clean end without envelopes for the end, as a Python server sends it', async () => {
    const url = await fakeServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${ndjson}\r\ntransfer-encoding: chunked\r\n\r\n`)
      socket.end(chunk('{"value":1}\n{"val') + chunk('ue":2}') + chunk(''))
    })
    expect(await collect(connectTo({ url }).streams.count({ to: 2 }))).toEqual([{ value: 1 }, { value: 2 }])
  })

  it.each([
    ['plain lines without their last chunk', ndjson, chunk('{"value":1}\n')],
    ['envelopes without their last chunk', `${ndjson}; envelope=1`, chunk('{"value":1}\n')],
    ['envelopes without a stream_end', `${ndjson}; envelope=1`, chunk('{"value":1}\n') + chunk('')],
    ['a chunk cut short', `${ndjson}; envelope=1`, `20\r\n{"value":1}\n`],
  ])('%s are UNAVAILABLE, behind the messages before', async (_, type, body) => {
    const url = await fakeServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`)
      socket.end(body)
    })
    for (const client of [connectTo({ url }), typeClientOf({ url })]) {
      const stream = client.streams.count({ to: 2 })
      expect((await stream.next()).value).toEqual({ value: 1 })
      expect(await failureOf(collect(stream))).toMatchObject({ code: 'UNAVAILABLE' })
    }
  })

  it('reads header and ping lines, and what is in no order of ours', async () => {
    const url = await fakeServer((socket) => {
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-type: ${ndjson};envelope=1\r\ntransfer-encoding: chunked\r\n\r\n`,
      )
      const lines = [
        '[{"type":"header","metadata":{"late":"header"}}]',
        '[{"type":"ping"}]',
        '{"value":1}',
        '[{"type":"ping","id":"x"}]',
        '[{"metadata":{"k":"v"},"id":"","status_code":0,"error":null,"type":"stream_end"}]',
      ]
      socket.end(chunk(`${lines.join('\n')}\n`) + chunk(''))
    })
    const stream = connectTo({ url }).streams.count({ to: 2 })
    expect(await collect(stream)).toEqual([{ value: 1 }])
    expect((await stream.header).get('late')).toBe('header')
    expect((await stream.trailer).get('k')).toBe('v')
  })

  it('fails INTERNAL over a line that is no JSON, behind the messages before', async () => {
    const url = await fakeServer((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${ndjson}\r\ntransfer-encoding: chunked\r\n\r\n`)
      socket.write(chunk('{"value":1}\noops\n'))
    })
    const stream = connectTo({ url }).streams.count({ to: 2 })
    expect((await stream.next()).value).toEqual({ value: 1 })
    expect(await failureOf(collect(stream))).toMatchObject({
      code: 'INTERNAL',
      message: 'the server sent what is no JSON',
    })
  })

  it('refuses a line longer than its own limit before its end', async () => {
    const { url } = await serveDemo()
    const stream = connectTo({ url, maxMessageBytes: 1_000 }).streams.flood({ items: 1, bytes: 500_000 })
    const error = await failureOf(collect(stream))
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({ code: 'RESOURCE_EXHAUSTED', reason: 'TOO_LARGE' })
  })

  it('stops an endless stream by leaving it', async () => {
    const { url, probe } = await serveDemo()
    for await (const { value } of connectTo({ url }).life.endless()) if (value === 10) break
    await probe.until('endless ended')
  })
})

it('a client that half-closes after its request still gets its answer', async () => {
  const { port } = await serveDemo()
  const raw = await rawConnect(port)
  raw.socket.end(post('/streams/count', { to: 2 }, asksForEnds))
  expect(dechunk(await raw.closed)).toEqual({
    body: '{"value":0}\n{"value":1}\n[{"type":"stream_end"}]\n',
    complete: true,
  })
})
