import { describe, expect, it } from 'vitest'
import { frameMessage } from '../../../lib/wire/grpc/message-reader.ts'
import {
  callFrame,
  dataFrame,
  frame,
  literals,
  rawGrpc,
  resetFrame,
  types,
  uint32,
  type RawGrpc,
} from './raw.ts'
import { engines, finding, ways, type Ending } from './engines.ts'
import { endsOn, framed, type Demo } from './support.ts'

describe.each(engines)('engine %s:', (engine) => {
  const { serveDemo, connectTo } = endsOn(engine)

  /** Whether the server goes on. */
  async function goesOn({ port }: Demo): Promise<void> {
    expect(await connectTo({ port }).values.text({ text: 'hi' })).toEqual({ text: 'hi' })
  }

  /** The first frame of a type that ends something. */
  async function endingOf(raw: RawGrpc, { type }: Ending): Promise<Ending> {
    const { id, payload } = await raw.until((one) => one.type === type)
    return { type, id, code: payload.readUInt32BE(type === types.goaway ? 4 : 0) }
  }

  /** A message in DATA frames of so many octets. */
  function cutData(id: number, octets: Buffer, size: number): Buffer[] {
    const frames: Buffer[] = []
    for (let at = 0; at < octets.length; at += size)
      frames.push(dataFrame(id, octets.subarray(at, at + size), at + size >= octets.length))
    return frames
  }

  describe('a call', () => {
    it('is understood wherever its messages are cut into frames', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      const body = Buffer.concat([framed({ value: 1 }), framed({ value: 20 }), framed({ value: 300 })])
      let id = 1
      for (let size = 1; size <= body.length; size++, id += 2) {
        raw.send(callFrame(id, '/streams/sum'), ...cutData(id, body, size))
        expect(await raw.answer(id)).toMatchObject({ ':status': '200', 'grpc-status': '0' })
        const answer = raw.frames.filter((one) => one.id === id && one.type === types.data)
        expect(Buffer.concat(answer.map((one) => one.payload)).equals(framed({ count: 3, total: 321 }))).toBe(
          true,
        )
      }
    })

    it('is understood octet by octet, as the socket gives them', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      raw.socket.setNoDelay(true)
      const octets = Buffer.concat([callFrame(1, '/values/text'), dataFrame(1, framed({ text: 'ä€' }), true)])
      for (const octet of octets)
        await new Promise((resolve) => raw.socket.write(Buffer.from([octet]), () => setImmediate(resolve)))
      expect(await raw.answer(1)).toMatchObject({ 'grpc-status': '0' })
    })

    it('may have empty frames between, and its end in one', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      const nothing = Buffer.alloc(0)
      const message = framed({ text: 'a' })
      const parts = [nothing, message.subarray(0, 3), nothing, message.subarray(3)]
      raw.send(
        callFrame(1, '/values/text'),
        ...parts.map((part) => dataFrame(1, part)),
        dataFrame(1, nothing, true),
      )
      expect(await raw.answer(1)).toMatchObject({ 'grpc-status': '0' })
    })
  })

  describe('a message', () => {
    it.each(['/values/text', '/streams/sum'])('to %s of 4 GiB is refused at its prefix', async (path) => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      raw.send(callFrame(1, path), dataFrame(1, Buffer.from([0, 0xff, 0xff, 0xff, 0xff])))
      expect(await raw.answer(1)).toMatchObject({ 'grpc-status': '8' })
      raw.send(callFrame(3, '/values/nothing'), dataFrame(3, framed({}), true))
      expect(await raw.answer(3)).toMatchObject({ 'grpc-status': '0' })
      await goesOn(demo)
    })

    it('as large as the limit may come in one frame that nobody has split, windows or not', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      const message = framed({ text: 'x'.repeat(4_194_304 - 11) })
      expect(message.length).toBe(4_194_309)
      raw.send(callFrame(1, '/values/text'), dataFrame(1, message, true))
      // The answer stops at the window of a client that gives none.
      await raw.until((one) => one.id === 1 && one.type === types.headers)
      expect(
        (await raw.until((one) => one.id === 1 && one.type === types.data)).payload.length,
      ).toBeGreaterThan(0)
      raw.send(resetFrame(1))
      await goesOn(demo)
    })
  })

  describe('a header list', () => {
    it('of 100,000 fields ends its stream or the connection, never more', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      const many = literals(Array.from({ length: 100_000 }, (_, i) => [`x-${i}`, 'v']).flat())
      const first = literals([
        ':method',
        'POST',
        ':scheme',
        'http',
        ':authority',
        'a',
        ':path',
        '/values/nothing',
      ])
      raw.send(frame(types.headers, 0, 1, first))
      const continuation = 9
      for (let at = 0; at < many.length; at += 16_384) {
        const last = at + 16_384 >= many.length
        raw.send(frame(continuation, last ? 4 : 0, 1, many.subarray(at, at + 16_384)))
      }
      expect(await raw.answer(1)).not.toMatchObject({ 'grpc-status': '0' })
      expect(demo.probe.events).toEqual([])
      await goesOn(demo)
    })

    it('of as many fields as fit, and more than metadata may have, is refused', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      const more = Array.from({ length: 110 }, (_, i) => [`x-${i}`, 'v']).flat()
      raw.send(callFrame(1, '/metadata/failing', more), dataFrame(1, framed({}), true))
      expect(await raw.answer(1)).toMatchObject({ 'grpc-status': '8' })
      expect(demo.probe.count('saw')).toBe(0)
    })
  })

  describe('a client', () => {
    /** One that has sent a message, and part of the next. */
    async function inMidMessage(): Promise<{ demo: Demo; raw: RawGrpc }> {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      raw.send(
        callFrame(1, '/life/read'),
        dataFrame(1, framed({ value: 1 })),
        dataFrame(1, Buffer.from([0, 0, 0])),
      )
      await demo.probe.until('read item')
      return { demo, raw }
    }

    it('that resets its stream cancels the call', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      raw.send(callFrame(1, '/life/hold'), dataFrame(1, framed({}), true))
      await demo.probe.until('hold began')
      raw.send(resetFrame(1))
      await demo.probe.until('hold ended')
      expect(demo.probe.value('hold ended')).toMatchObject({ code: 'CANCELLED' })
      raw.send(callFrame(3, '/values/nothing'), dataFrame(3, framed({}), true))
      expect(await raw.answer(3)).toMatchObject({ 'grpc-status': '0' })
    })

    it('that resets in the middle of a message ends the stream, and no other', async () => {
      const { demo, raw } = await inMidMessage()
      raw.send(callFrame(3, '/life/hold'), dataFrame(3, framed({}), true))
      await demo.probe.until('hold began')
      raw.send(resetFrame(1))
      await demo.probe.until('read ended')
      expect(demo.probe.count('hold ended')).toBe(0)
      raw.send(resetFrame(3))
      await demo.probe.until('hold ended')
    })

    it('that vanishes in the middle of a message cancels its calls', async () => {
      const { demo, raw } = await inMidMessage()
      raw.socket.destroy()
      await demo.probe.until('read ended')
      await goesOn(demo)
    })

    it('that resets as fast as it opens is sent away, and others go on', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      for (let id = 1; !raw.socket.readableEnded && !raw.socket.destroyed; id += 2) {
        raw.send(callFrame(id, '/values/nothing'), resetFrame(id))
        if (id % 1_000 === 1) await new Promise((resolve) => setImmediate(resolve))
      }
      const { payload } = await raw.until((one) => one.type === types.goaway)
      expect(payload.readUInt32BE(4)).toBe(11)
      await goesOn(demo)
    })

    it('that pings in a flood is sent away, and others go on', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      for (let i = 0; i < 5_000; i++) raw.send(frame(types.ping, 0, 0, Buffer.alloc(8)))
      await raw.closed
      const { payload } = await raw.until((one) => one.type === types.goaway)
      expect(payload.readUInt32BE(4)).toBe(11)
      await goesOn(demo)
    })

    it('that pings too often while a call is open is told so as gRPC does (proposal A8)', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      raw.send(callFrame(1, '/life/hold'), dataFrame(1, framed({}), true))
      await demo.probe.until('hold began')
      for (let i = 0; i < 10; i++) raw.send(frame(types.ping, 0, 0, Buffer.alloc(8)))
      await raw.closed
      const { payload } = await raw.until((one) => one.type === types.goaway)
      expect([payload.readUInt32BE(4), payload.subarray(8).toString()]).toEqual([11, 'too_many_pings'])
      await demo.probe.until('hold ended')
    })

    it('that opens more streams than it may has the rest refused', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      for (let id = 1; id <= 205; id += 2) raw.send(callFrame(id, '/life/hold'))
      const { tooManyStreams } = ways[engine]
      expect(await endingOf(raw, tooManyStreams)).toEqual(tooManyStreams)
      await goesOn(demo)
    })

    it('that sends rubbish, half a frame or nothing is sent away or waited for', async () => {
      const demo = await serveDemo(finding(engine))
      for (const octets of [
        Buffer.from('GET / HTTP/1.1\r\n\r\n'),
        Buffer.alloc(100, 0xff),
        Buffer.from([0, 0, 50, 1]),
      ]) {
        const raw = await rawGrpc(demo.port)
        raw.send(octets)
        if (octets.length > 9) await raw.closed
        else raw.socket.destroy()
        await goesOn(demo)
      }
    })

    it('that sends data behind its end is told so, and its call is cancelled', async () => {
      const demo = await serveDemo(finding(engine))
      const raw = await rawGrpc(demo.port)
      raw.send(callFrame(1, '/life/hold'), dataFrame(1, framed({}), true))
      await demo.probe.until('hold began')
      raw.send(dataFrame(1, frameMessage('more'), true))
      const { dataBehindEnd } = ways[engine]
      expect(await endingOf(raw, dataBehindEnd)).toEqual(dataBehindEnd)
      await demo.probe.until('hold ended')
      await goesOn(demo)
    })

    it('that gives the window of nothing gets its trailers when it gives more', async () => {
      const demo = await serveDemo()
      const raw = await rawGrpc(demo.port)
      const noWindow = Buffer.concat([Buffer.from([0, 4]), uint32(0)])
      raw.send(
        frame(types.settings, 0, 0, noWindow),
        callFrame(1, '/values/nothing'),
        dataFrame(1, framed({}), true),
      )
      await raw.until((one) => one.id === 1 && one.type === types.headers)
      expect(raw.frames.some((one) => one.id === 1 && one.type === types.data)).toBe(false)
      raw.send(frame(types.windowUpdate, 0, 1, uint32(100)))
      expect(await raw.answer(1)).toMatchObject({ 'grpc-status': '0' })
    })
  })
})
