import { describe, expect, it } from 'vitest'
import { engines } from './engines.ts'
import { endsOn, ask, callHeaders, framed, sessionOf, type Question } from './support.ts'

describe.each(engines)('engine %s:', (engine) => {
  const { serveDemo, connectTo, typeClientOf } = endsOn(engine)

  const [invalidArgument, deadlineExceeded, unimplemented] = [3, 4, 12]

  /** Asks once with headers like these, and then, on a connection of its own, whether the server goes on. */
  async function answerTo(path: string, question: Question = {}) {
    const { port, probe } = await serveDemo()
    const answer = await ask(sessionOf(port), path, question)
    expect(await connectTo({ port }).values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    return { ...answer, ran: probe.events }
  }

  describe('a path', () => {
    it.each([
      '/',
      '//',
      '///',
      '/values',
      '/values/',
      '//text',
      '/values/text/',
      '/values/text/more',
      '/a/values/text',
      '/values//text',
      '/values/%74ext/%2F',
      '/values%2Ftext',
      '/values/%zz',
      '/values/%',
      '/%C0%AF/text',
      '/values/%00',
      '/values/text?x=1',
      '/values/text#x',
      '/Values/text',
      '/values.text',
      '/nobody/text',
      '/values/nobody',
      '/__proto__/toString',
      '/values/constructor',
      `/${'a'.repeat(10_000)}/b`,
      '/\xff/\xfe',
    ])('%s leads nowhere: UNIMPLEMENTED', async (path) => {
      const { headers, status, message, ran } = await answerTo(path)
      expect([headers[':status'], status]).toEqual([200, unimplemented])
      expect(message).not.toBe('')
      expect(ran).toEqual([])
    })

    it.each(['values/text', '*', 'http://127.0.0.1/values/text', '\\values\\text'])(
      'without a slash (%s) is refused, and other calls go on',
      async (path) => {
        const { status, rst, messages } = await answerTo(path)
        expect(messages).toEqual([])
        expect(status === unimplemented || rst === 1).toBe(true)
      },
    )

    it('that nobody serves is refused though the client has not ended its side', async () => {
      for (const path of ['/nobody/text', '/values/nobody']) {
        const { status } = await answerTo(path, { body: [], open: true })
        expect(status).toBe(unimplemented)
      }
    })
  })

  describe('a method of HTTP', () => {
    it.each(['GET', 'PUT', 'OPTIONS', 'post'])('%s is 405', async (method) => {
      const { headers, messages, ran } = await answerTo('/values/nothing', { headers: { ':method': method } })
      expect(headers[':status']).toBe(405)
      expect([messages, ran]).toEqual([[], []])
    })

    it('HEAD is 405, and CONNECT is refused', async () => {
      const { port, probe } = await serveDemo()
      const session = sessionOf(port)
      const head = session.request({ ':method': 'HEAD', ':path': '/values/nothing' }, { endStream: true })
      head.on('error', () => {})
      const status = await new Promise((resolve) => head.on('response', (block) => resolve(block[':status'])))
      expect(status).toBe(405)
      const connect = session.request({ ':method': 'CONNECT', ':authority': 'a:1' })
      connect.on('error', () => {})
      const refused = await new Promise((resolve) => {
        connect.on('response', (block) => resolve(block[':status']))
        connect.on('close', () => resolve('closed'))
      })
      expect([405, 'closed']).toContain(refused)
      expect(probe.events).toEqual([])
    })
  })

  describe('a content type', () => {
    it.each([
      'application/json',
      'text/plain',
      'application/x-protobuf',
      'nonsense',
      '',
      'application/grpc-web',
      'application/grpc-web+json',
      'application/grpcx',
    ])('that is no gRPC (%j) is 415', async (type) => {
      const { headers, status, ran } = await answerTo('/values/nothing', {
        headers: { 'content-type': type },
      })
      expect([headers[':status'], status]).toEqual([415, invalidArgument])
      expect(ran).toEqual([])
    })

    it('that is missing is 415', async () => {
      const { port } = await serveDemo()
      const { 'content-type': _, ...headers } = callHeaders('/values/nothing')
      const stream = sessionOf(port).request(headers)
      stream.end(framed({}))
      const status = await new Promise((resolve) =>
        stream.on('response', (block) => resolve(block[':status'])),
      )
      expect(status).toBe(415)
    })

    it.each(['application/grpc+json', 'application/grpc+json; charset=utf-8', 'Application/GRPC+JSON ;x=y'])(
      '%s is understood',
      async (type) => {
        const { status } = await answerTo('/values/nothing', { headers: { 'content-type': type } })
        expect(status).toBe(0)
      },
    )

    it('of gRPC that nobody knows is refused', async () => {
      const { status, ran } = await answerTo('/values/nothing', {
        headers: { 'content-type': 'application/grpc+thrift' },
      })
      expect([invalidArgument, unimplemented]).toContain(status)
      expect(ran).toEqual([])
    })
  })

  describe('grpc-encoding', () => {
    it.each(['br', 'deflate', 'snappy', 'GZIP2', 'gzip, gzip'])(
      '%s is UNIMPLEMENTED, with what is understood',
      async (encoding) => {
        const { headers, trailers, status, ran } = await answerTo('/values/nothing', {
          headers: { 'grpc-encoding': encoding },
        })
        expect(status).toBe(unimplemented)
        expect(ran).toEqual([])
        const accepted = headers['grpc-accept-encoding'] ?? trailers['grpc-accept-encoding']
        expect(String(accepted).split(/, */)).toContain('gzip')
      },
    )

    it('identity is none', async () => {
      const { status } = await answerTo('/values/nothing', { headers: { 'grpc-encoding': 'identity' } })
      expect(status).toBe(0)
    })
  })

  describe('grpc-timeout', () => {
    it.each(['', 'm', '1', '123456789m', '-1m', '1.5S', '1 m', 'ten', '1m, 2m', '1s', '\xb2m'])(
      '%j is INVALID_ARGUMENT',
      async (timeout) => {
        const { status, ran } = await answerTo('/values/nothing', { headers: { 'grpc-timeout': timeout } })
        expect(status).toBe(invalidArgument)
        expect(ran).toEqual([])
      },
    )

    it.each(['0m', '0n', '00000000H'])('%s has passed', async (timeout) => {
      const { status, ran } = await answerTo('/values/nothing', { headers: { 'grpc-timeout': timeout } })
      expect(status).toBe(deadlineExceeded)
      expect(ran).toEqual([])
    })

    it.each([
      ['5000000u', 5_000],
      ['5000m', 5_000],
      ['5S', 5_000],
      ['2M', 120_000],
    ])('%s is a deadline', async (timeout, ms) => {
      const { messages } = await answerTo('/life/clock', { headers: { 'grpc-timeout': timeout } })
      const { left } = messages[0] as { left: number }
      expect(left).toBeGreaterThan(ms - 5_000)
      expect(left).toBeLessThanOrEqual(ms)
    })

    it('of the far future is one too', async () => {
      const { status, messages } = await answerTo('/life/clock', { headers: { 'grpc-timeout': '99999999H' } })
      expect(status).toBe(0)
      expect((messages[0] as { left: number }).left).toBeGreaterThan(100_000)
    })
  })

  describe('metadata', () => {
    it('in base64 without padding is read as with it', async () => {
      const { messages } = await answerTo('/metadata/mirror', {
        headers: { 'a-bin': 'AP8', 'b-bin': 'AA', 'c-bin': 'AQID', 'd-bin': 'AP8=', 'e-bin': '' },
      })
      expect(messages).toEqual([
        { seen: { 'a-bin': 'AP8=', 'b-bin': 'AA==', 'c-bin': 'AQID', 'd-bin': 'AP8=', 'e-bin': '' } },
      ])
    })

    it('that comes twice is joined, in base64 too', async () => {
      const { messages } = await answerTo('/metadata/mirror', {
        headers: { a: ['1', '2'], 'a-bin': ['AP8', 'AA'], 'b-bin': 'AP8,AA' },
      })
      expect(messages).toEqual([{ seen: { a: '1, 2', 'a-bin': 'AP8=, AA==', 'b-bin': 'AP8=, AA==' } }])
    })

    it.each(['%%%', 'A', 'AAAAA', '=', 'AP8==', 'A P 8', '\u00e4'])(
      'in base64 that is none (%j) is no metadata, or INVALID_ARGUMENT',
      async (value) => {
        const { status, messages } = await answerTo('/metadata/mirror', {
          headers: { 'a-bin': value, b: 'c' },
        })
        if (status === 0) expect(messages).toEqual([{ seen: { b: 'c' } }])
        else expect(status).toBe(invalidArgument)
      },
    )

    it('that is no ASCII never reaches a handler', async () => {
      const { status, messages } = await answerTo('/metadata/mirror', { headers: { a: '\u00e4', b: 'c' } })
      if (status === 0) expect(messages).toEqual([{ seen: { b: 'c' } }])
      else expect(status).toBe(invalidArgument)
    })

    it('is what is no header of the protocol', async () => {
      const { messages } = await answerTo('/metadata/mirror', {
        headers: {
          'user-agent': 'x',
          'grpc-foo': '1',
          'grpc-timeout': '5S',
          authorization: 'Bearer x',
          a: '1',
        },
      })
      expect(messages).toEqual([{ seen: { authorization: 'Bearer x', a: '1' } }])
    })

    it('under __proto__ is metadata as any other', async () => {
      const { status, messages } = await answerTo('/metadata/mirror', {
        headers: { constructor: 'a', b: 'c' },
      })
      expect(status).toBe(0)
      expect(messages).toEqual([{ seen: { constructor: 'a', b: 'c' } }])
    })

    it('in trailers of the client is passed over', async () => {
      const question = { trailers: { 'x-late': '1', 'grpc-status': '5' } }
      const { status, messages } = await answerTo('/metadata/mirror', question)
      expect([status, messages]).toEqual([0, [{ seen: {} }]])
      const sum = await answerTo('/streams/sum', {
        ...question,
        body: [framed({ value: 1 }), framed({ value: 2 })],
      })
      expect(sum).toMatchObject({ status: 0, messages: [{ count: 2, total: 3 }] })
    })
  })

  it('one connection bears all of this, and the next call on it succeeds', async () => {
    const { port } = await serveDemo()
    const session = sessionOf(port)
    for (const bad of [
      { headers: { 'content-type': 'x' } },
      { headers: { ':method': 'GET' } },
      { headers: { 'grpc-timeout': 'x' } },
      { body: Buffer.from('rubbish') },
    ])
      expect((await ask(session, '/values/nothing', bad)).status).not.toBe(0)
    expect((await ask(session, '/nobody/nothing')).status).toBe(unimplemented)
    expect(await ask(session, '/values/nothing')).toMatchObject({ status: 0, messages: [{}] })
    expect(await typeClientOf({ port }).values.text({ text: 'a' })).toEqual({ text: 'a' })
  })
})
