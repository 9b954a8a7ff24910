import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { frameMessage } from '../../../lib/wire/grpc/message-reader.ts'
import { engines } from './engines.ts'
import { endsOn, ask, framed, sessionOf, type Answer, type Question } from './support.ts'

describe.each(engines)('engine %s:', (engine) => {
  const { serveDemo, connectTo } = endsOn(engine)

  const [invalidArgument, exhausted, unimplemented, internal] = [3, 8, 12, 13]
  const gzip = { 'grpc-encoding': 'gzip' }

  /** A prefix that claims whatever it is told to. */
  function prefix(length: number, flag = 0): Buffer {
    const octets = Buffer.alloc(5)
    octets[0] = flag
    octets.writeUInt32BE(length, 1)
    return octets
  }

  /** Asks once, and then, on a connection of its own, whether the server goes on. */
  async function answerTo(path: string, question: Question, options = {}): Promise<Answer> {
    const { port, probe } = await serveDemo(options)
    const answer = await ask(sessionOf(port), path, question)
    expect(probe.events.filter((event) => event !== 'item')).toEqual([])
    expect(await connectTo({ port }).values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    return answer
  }

  describe.each(['/values/text', '/streams/sum'])('a message to %s', (path) => {
    it.each([
      ['of 4 GiB', prefix(0xffff_ffff), exhausted],
      ['of one octet more than the limit', prefix(4_194_305), exhausted],
      ['whose first octet is 2', prefix(2, 2), internal],
      ['that is compressed without grpc-encoding', frameMessage(gzipSync('{"text":"a"}'), true), internal],
      ['that is no JSON', frameMessage('{"text":'), invalidArgument],
      ['that is empty', frameMessage(''), invalidArgument],
      ['that is two', frameMessage('{"text":"a"}{"text":"b"}'), invalidArgument],
      ['that is no UTF-8', frameMessage(Buffer.from('{"text":"\xff"}', 'latin1')), invalidArgument],
      ['with half a character', frameMessage(Buffer.from('{"text":"\xe2\x82"}', 'latin1')), invalidArgument],
      ['nested too deep', frameMessage(`{"a":${'['.repeat(64)}${']'.repeat(64)}}`), invalidArgument],
      ['nested a million deep', frameMessage('['.repeat(1_000_000)), invalidArgument],
      ['with a key __proto__', frameMessage('{"text":"a","value":1,"__proto__":{"x":1}}'), invalidArgument],
      ['with constructor.prototype', frameMessage('{"constructor":{"prototype":{}}}'), invalidArgument],
      ['that its schema forbids', framed({ text: 1, value: 'a' }), invalidArgument],
      ['that is a number', frameMessage('1'), invalidArgument],
    ])('%s is refused', async (_, body, status) => {
      const answer = await answerTo(path, { body })
      expect([answer.headers[':status'], answer.status]).toEqual([200, status])
      expect(answer.headers['content-type']).toBe('application/grpc+json')
      expect(answer.message).not.toBe('')
      expect(answer.messages).toEqual([])
      expect(({} as { x?: number }).x).toBeUndefined()
    })

    it('that ends in its middle is INTERNAL, wherever it ends', async () => {
      const { port } = await serveDemo()
      const session = sessionOf(port)
      const body = framed({ text: 'a', value: 1 })
      for (let end = 1; end < body.length; end++)
        expect(await ask(session, path, { body: body.subarray(0, end) })).toMatchObject({ status: internal })
    })

    it('over the limit is refused at its prefix, before it has come', async () => {
      const answer = await answerTo(
        path,
        { body: [prefix(10_001), Buffer.alloc(9_000)], open: true },
        {
          maxMessageBytes: 10_000,
        },
      )
      expect(answer).toMatchObject({ status: exhausted, rst: 0 })
    })
  })

  describe('a packed message', () => {
    it('is unpacked, and may stand beside one that is not', async () => {
      const { port } = await serveDemo()
      const packed = frameMessage(gzipSync('{"value":2}'), true)
      const session = sessionOf(port)
      const body = [packed, framed({ value: 3 }), packed]
      expect(await ask(session, '/streams/sum', { headers: gzip, body })).toMatchObject({
        status: 0,
        messages: [{ count: 3, total: 7 }],
      })
      const text = frameMessage(gzipSync('{"text":"a"}'), true)
      expect(await ask(session, '/values/text', { headers: gzip, body: text })).toMatchObject({
        status: 0,
        messages: [{ text: 'a' }],
      })
    })

    const bomb = gzipSync(Buffer.alloc(512 * 1024 * 1024, ' '), { level: 9 })

    it.each(['/values/text', '/streams/sum'])(
      'to %s of 512 MiB in 512 kB is refused in milliseconds, and its place is never made',
      async (path) => {
        expect(bomb.length).toBeLessThan(600_000)
        const { port } = await serveDemo()
        const session = sessionOf(port)
        await ask(session, '/values/text', {
          headers: gzip,
          body: frameMessage(gzipSync('{"text":"a"}'), true),
        })
        const before = process.memoryUsage()
        const start = performance.now()
        const answer = await ask(session, path, { headers: gzip, body: frameMessage(bomb, true) })
        expect(performance.now() - start).toBeLessThan(1_000)
        const after = process.memoryUsage()
        expect(after.rss - before.rss).toBeLessThan(100 * 1024 * 1024)
        expect(answer).toMatchObject({ status: exhausted })
        expect(await connectTo({ port }).values.text({ text: 'hi' })).toEqual({ text: 'hi' })
      },
    )

    it('of exactly the limit is taken, and of one more is refused', async () => {
      const { port } = await serveDemo({ maxMessageBytes: 10_000 })
      const session = sessionOf(port)
      const sized = (size: number): Buffer =>
        frameMessage(gzipSync(JSON.stringify({ text: 'a'.repeat(size - 11) })), true)
      expect(await ask(session, '/values/text', { headers: gzip, body: sized(10_000) })).toMatchObject({
        status: 0,
      })
      expect(await ask(session, '/values/text', { headers: gzip, body: sized(10_001) })).toMatchObject({
        status: exhausted,
      })
    })

    const whole = gzipSync('{"text":"a"}')

    it.each([
      ['no gzip', Buffer.from('{"text":"a"}')],
      ['empty', Buffer.alloc(0)],
      ['cut', whole.subarray(0, -5)],
      ['with a wrong checksum', Buffer.concat([whole.subarray(0, -8), Buffer.alloc(8)])],
      ['with rubbish in it', Buffer.concat([whole.subarray(0, 10), Buffer.from([0xff, 0xff, 0xff])])],
    ])('that is %s is INTERNAL', async (_, packed) => {
      for (const path of ['/values/text', '/streams/sum']) {
        const answer = await answerTo(path, { headers: gzip, body: frameMessage(packed, true) })
        expect(answer).toMatchObject({ status: internal })
      }
    })
  })

  describe('the number of messages', () => {
    it('to a method that takes one may not be two', async () => {
      const two = [framed({ text: 'a' }), framed({ text: 'b' })]
      for (const body of [two, Buffer.concat(two), [...two, ...two, ...two]])
        expect(await answerTo('/values/text', { body })).toMatchObject({
          status: unimplemented,
          messages: [],
        })
      expect(
        await answerTo('/streams/count', { body: [framed({ to: 1 }), framed({ to: 2 })] }),
      ).toMatchObject({
        status: unimplemented,
      })
    })

    it('to a method that takes one may be none: that is {}', async () => {
      const { port, probe } = await serveDemo()
      const session = sessionOf(port)
      expect(await ask(session, '/values/nothing', { body: [] })).toMatchObject({ status: 0, messages: [{}] })
      expect(probe.value('nothing')).toEqual({})
      expect(await ask(session, '/values/text', { body: [] })).toMatchObject({ status: invalidArgument })
    })

    it('to a method that takes a stream may be none', async () => {
      const { port } = await serveDemo()
      expect(await ask(sessionOf(port), '/streams/sum', { body: [] })).toMatchObject({
        status: 0,
        messages: [{ count: 0, total: 0 }],
      })
    })
  })

  it('a stream whose second message is bad fails there, behind the first', async () => {
    const { port, probe } = await serveDemo()
    const body = [framed({ text: 'a' }), frameMessage('{'), framed({ text: 'c' })]
    const answer = await ask(sessionOf(port), '/streams/echo', { body })
    expect(answer).toMatchObject({ status: invalidArgument, messages: [{ text: 'a' }] })
    expect(probe.count('input ended')).toBe(0)
  })
})
