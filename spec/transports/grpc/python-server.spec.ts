import { createClient, type ClientOptions } from 'microapi-ts'
import { grpc, type GrpcOptions } from 'microapi-ts/grpc'
import { describe, expect, it, onTestFinished } from 'vitest'
import { contract } from './python-contract.ts'
import { describePython, pythonServer } from './python.ts'
import { collect, failureOf } from './support.ts'

const MiB = 1024 * 1024

const everything = {
  text: 'ä€ 𝄞 \u0000',
  whole: -Number.MAX_SAFE_INTEGER,
  small: -2_147_483_648,
  real: 0.1,
  flag: true,
  big: -(2n ** 63n),
  when: new Date('1969-12-31T23:59:59.123Z'),
  bytes: new Uint8Array([0, 127, 128, 255]),
  colour: 'green' as const,
  shape: { kind: 'square' as const, side: 1.5 },
  counts: { a: 1, ä: -2, '': 0 },
  tags: ['x', '', 'y'],
  shapes: [
    { kind: 'circle' as const, radius: 0 },
    { kind: 'square' as const, side: 2 },
  ],
  maybe: '',
  anything: { a: [1, null, 'ä', { b: false }] },
}

describePython("our client at Python's grpcio", () => {
  describe.each(['own', 'node:http2'] as const)('over the engine %s', (engine) => {
    const connect = (port: number, options: GrpcOptions = {}, settings?: ClientOptions) => {
      const client = createClient(contract, grpc({ port, engine, ...options }), settings)
      onTestFinished(() => client.close())
      return client.interop
    }
    const start = async (options?: GrpcOptions, settings?: ClientOptions) => {
      const server = await pythonServer()
      return { server, interop: connect(server.port, options, settings) }
    }

    it('calls all four patterns', async () => {
      const { interop } = await start()
      expect(await interop.text({ text: 'ä€ 𝄞 日本' })).toEqual({ text: 'ä€ 𝄞 日本' })
      const items = Array.from({ length: 100 }, (_, value) => ({ value }))
      expect(await collect(interop.count({ to: 100 }))).toEqual(items)
      expect(await collect(interop.count({ to: 0 }))).toEqual([])
      expect(await interop.sum(items)).toEqual({ count: 100, total: 4_950 })
      expect(await interop.sum([])).toEqual({ count: 0, total: 0 })
      const talk = interop.talk()
      for (const text of ['a', 'b', 'ä']) {
        await talk.send({ text })
        expect(await talk.next()).toEqual({ done: false, value: { text } })
      }
      await talk.end()
      expect(await talk.next()).toMatchObject({ done: true })
    })

    it('means the same by every type', async () => {
      const { server, interop } = await start()
      expect(await interop.everything(everything)).toEqual(everything)
      expect(await server.next()).toEqual({
        big: '-9223372036854775808',
        whole: -Number.MAX_SAFE_INTEGER,
        when: '1969-12-31T23:59:59.123Z',
        colour: 'COLOUR_GREEN',
        kind: 'square',
        counts: { a: 1, ä: -2, '': 0 },
        bytes: [0, 127, 128, 255],
        maybe: '',
      })
      const { maybe: _, ...rest } = everything
      expect(await interop.everything(rest)).toEqual(rest)
      expect(await server.next()).toMatchObject({ maybe: null })
    })

    it('sends metadata, and gets header and trailer', async () => {
      const { interop } = await start()
      const metadata = { who: 'me', 'raw-bin': new Uint8Array([0, 255, 1]) }
      const call = interop.mirror({}, { metadata })
      expect(await call).toEqual({ who: 'me', raw: new Uint8Array([0, 255, 1]) })
      const [header, trailer] = [await call.header, await call.trailer]
      expect([header.get('x-header'), header.getBytes('x-header-bin')]).toEqual([
        'a, b',
        new Uint8Array([0, 255]),
      ])
      expect([trailer.get('x-trailer'), trailer.getBytes('x-trailer-bin')]).toEqual([
        'c, d',
        new Uint8Array([1, 2, 3]),
      ])
    })

    it('gets every code with its message', async () => {
      const { interop } = await start({}, { retry: false })
      for (let code = 1; code <= 16; code++) {
        const message = `${code} ä €\n100 %`
        expect(await failureOf(interop.fail({ code, message }))).toMatchObject({ status: code, message })
      }
    })

    it('gets a failure behind the items of a stream', async () => {
      const { interop } = await start()
      const stream = interop.fail_after({ items: 2 })
      expect((await stream.next()).value).toEqual({ value: 0 })
      expect((await stream.next()).value).toEqual({ value: 1 })
      expect(await failureOf(stream.next())).toMatchObject({ code: 'ABORTED', message: 'gone' })
    })

    it('gets what explains an error', async () => {
      const { interop } = await start()
      expect(await failureOf(interop.buy({ left: 3 }))).toMatchObject({
        code: 'FAILED_PRECONDITION',
        message: 'nothing left',
        reason: 'OUT_OF_STOCK',
        details: { left: 3 },
      })
    })

    it('sends its deadline, and keeps it', async () => {
      const { server, interop } = await start()
      const { ms } = await interop.left({}, { timeoutMs: 20_000 })
      expect(ms).toBeGreaterThan(10_000)
      expect(ms).toBeLessThanOrEqual(20_000)
      expect(await failureOf(interop.hold({}, { timeoutMs: 500 }))).toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      })
      expect([await server.next(), await server.next()]).toEqual([
        { event: 'hold began' },
        { event: 'hold ended' },
      ])
    })

    it('cancels unary calls and streams', async () => {
      const { server, interop } = await start()
      const abort = new AbortController()
      const failed = failureOf(interop.hold({}, { signal: abort.signal }))
      expect(await server.next()).toEqual({ event: 'hold began' })
      abort.abort()
      expect(await failed).toMatchObject({ code: 'CANCELLED' })
      expect(await server.next()).toEqual({ event: 'hold ended' })
      for await (const { value } of interop.endless({})) if (value === 2) break
      expect(await server.next()).toEqual({ event: 'endless ended' })
    })

    it('sends and gets large messages, up to the limit of one', async () => {
      const { server, interop } = await start()
      const text = 'ä'.repeat((MiB * 3) / 2)
      expect((await interop.text({ text })).text === text).toBe(true)
      expect((await interop.blob({ size: 4 * MiB - 100 })).data.length).toBe(4 * MiB - 100)
      // Refused by this side, sent and got.
      expect(await failureOf(interop.text({ text: 'x'.repeat(4 * MiB + 1) }))).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
      })
      expect(await failureOf(interop.blob({ size: 5 * MiB }))).toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
      // Refused by the other.
      const wider = connect(server.port, { maxMessageBytes: 16 * MiB })
      expect(await failureOf(wider.text({ text: 'x'.repeat(5 * MiB) }))).toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
      })
      expect((await wider.blob({ size: 5 * MiB })).data.length).toBe(5 * MiB)
      const eight = Array.from({ length: 8 }, () => ({ text: 'x'.repeat(MiB) }))
      expect((await collect(interop.talk(eight))).map((one) => one.text.length)).toEqual(eight.map(() => MiB))
    })

    it.each([false, true])('gets gzip, up to the limit of a message; sends it: %j', async (gzip) => {
      const { port } = await pythonServer('gzip')
      const interop = connect(port, { gzip })
      const text = 'packed '.repeat(10_000)
      expect(await interop.text({ text })).toEqual({ text })
      expect(await collect(interop.talk([{ text }, { text: '' }]))).toEqual([{ text }, { text: '' }])
      // 6 MiB of zeros, which pack to a few kB.
      expect(await failureOf(interop.blob({ size: 6 * MiB }))).toMatchObject({ code: 'RESOURCE_EXHAUSTED' })
    })

    it('finishes its calls while the server stops, and gets UNAVAILABLE from then on', async () => {
      const { server, interop } = await start({}, { retry: false })
      const talk = interop.talk()
      await talk.send({ text: 'a' })
      expect((await talk.next()).value).toEqual({ text: 'a' })
      server.tell('stop')
      expect(await server.next()).toEqual({ event: 'stopping' })
      await talk.send({ text: 'b' })
      expect((await talk.next()).value).toEqual({ text: 'b' })
      await talk.end()
      expect((await talk.next()).done).toBe(true)
      expect(await failureOf(interop.text({ text: 'late' }))).toMatchObject({ code: 'UNAVAILABLE' })
    })

    it('is told when the server dies', async () => {
      const { server, interop } = await start({}, { retry: false })
      const failed = failureOf(interop.hold({}))
      expect(await server.next()).toEqual({ event: 'hold began' })
      server.kill()
      expect(await failed).toMatchObject({ code: 'UNAVAILABLE' })
    })
  })
})
