import { constants } from 'node:http2'
import { grpc } from 'microapi-ts/grpc'
import { createClient, type Transport } from 'microapi-ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { conformanceContract } from '../../../lib/testing/contract.ts'
import { createCall } from '../../../lib/core/create-call.ts'
import type { RpcError } from '../../../lib/core/errors.ts'
import { neverRan } from '../../../lib/core/never-ran.ts'
import { goaway, headers, reset } from '../../http2/rules/frames.ts'
import { answer, badServer } from './bad-server.ts'
import { engines, ways } from './engines.ts'
import { endsOn, failureOf, framed, freePort } from './support.ts'
import { dataFrame } from './raw.ts'
import { rawGrpcServer, rawServer } from './raw-server.ts'

describe.each(engines)('engine %s:', (engine) => {
  const { serveDemo, connectTo } = endsOn(engine)

  const ok = { 'grpc-status': '0' }
  const fine = { body: [framed({ text: 'a' })], trailers: ok }
  const item = framed({ value: 1 })
  const head = [':status', '200', 'content-type', 'application/grpc+json']

  /** Fails a call below retries, and says whether it certainly never ran. */
  async function failure(port: number, method = 'text'): Promise<{ code: string; unrun: boolean }> {
    const channel = await grpc({ port, engine }).connect()
    onTestFinished(() => channel.close())
    const call = createCall({
      service: 'values',
      method,
      kind: 'unary',
      input: {},
      peer: { transport: 'test' },
    })
    const error = (await failureOf(channel.invoke(call))) as RpcError
    return { code: error.code, unrun: neverRan(error) }
  }

  describe('RST_STREAM', () => {
    it.each([
      ['NO_ERROR', constants.NGHTTP2_NO_ERROR, 'INTERNAL'],
      ['PROTOCOL_ERROR', constants.NGHTTP2_PROTOCOL_ERROR, 'INTERNAL'],
      ['INTERNAL_ERROR', constants.NGHTTP2_INTERNAL_ERROR, 'INTERNAL'],
      ['FLOW_CONTROL_ERROR', constants.NGHTTP2_FLOW_CONTROL_ERROR, 'INTERNAL'],
      ['REFUSED_STREAM', constants.NGHTTP2_REFUSED_STREAM, 'UNAVAILABLE'],
      ['CANCEL', constants.NGHTTP2_CANCEL, 'CANCELLED'],
      ['ENHANCE_YOUR_CALM', constants.NGHTTP2_ENHANCE_YOUR_CALM, 'RESOURCE_EXHAUSTED'],
      ['INADEQUATE_SECURITY', constants.NGHTTP2_INADEQUATE_SECURITY, 'PERMISSION_DENIED'],
    ])('%s before the answer', async (name, rst, code) => {
      const server = await badServer((stream) => stream.close(rst))
      expect(await failure(server.port)).toEqual({ code, unrun: name === 'REFUSED_STREAM' })
    })

    it.each([
      ['CANCEL', 'CANCELLED'],
      ['ENHANCE_YOUR_CALM', 'RESOURCE_EXHAUSTED'],
      ['INTERNAL_ERROR', 'INTERNAL'],
      ['NO_ERROR', 'INTERNAL'],
    ] as const)('%s in mid-stream comes behind the items', async (rst, code) => {
      const port = await rawGrpcServer((socket, id) =>
        socket.write(Buffer.concat([headers(id, head), dataFrame(id, item), reset(id, rst)])),
      )
      const seen: unknown[] = []
      const work = async (): Promise<void> => {
        for await (const one of connectTo({ port }).streams.count({ to: 9 })) seen.push(one)
      }
      expect(await failureOf(work())).toMatchObject({ code })
      expect(seen).toEqual([{ value: 1 }])
    })

    it('REFUSED_STREAM is tried again, whatever the method', async () => {
      const server = await badServer((stream, count) =>
        count < 3 ? stream.close(constants.NGHTTP2_REFUSED_STREAM) : answer(stream, fine),
      )
      expect(await connectTo({ port: server.port }).values.text({ text: 'a' })).toEqual({ text: 'a' })
      expect(server.count).toBe(3)
    })

    it('CANCEL is not', async () => {
      const server = await badServer((stream) => stream.close(constants.NGHTTP2_CANCEL))
      expect(await failureOf(connectTo({ port: server.port }).values.text({ text: 'a' }))).toMatchObject({
        code: 'CANCELLED',
      })
      expect(server.count).toBe(1)
    })
  })

  describe('GOAWAY', () => {
    it('in mid-call: what it names runs on, what is above it is tried again elsewhere, and the next call too', async () => {
      let release = (): void => {}
      const released = new Promise<void>((resolve) => (release = resolve))
      const server = await badServer((stream, count) => {
        if (count === 1) {
          void released.then(() => answer(stream, fine))
          return
        }
        if (count === 2) {
          // Names the first alone: the second never ran.
          stream.session!.goaway(constants.NGHTTP2_NO_ERROR, 1)
          return
        }
        answer(stream, { ...fine, body: [framed({ text: `call ${count}` })] })
      })
      const client = connectTo({ port: server.port })
      const first = Promise.resolve(client.values.text({ text: 'a' }))
      const second = Promise.resolve(client.values.text({ text: 'b' }))
      expect(await second).toEqual({ text: 'call 3' })
      expect(await client.values.text({ text: 'c' })).toEqual({ text: 'call 4' })
      release()
      expect(await first).toEqual({ text: 'a' })
      expect(server.sessions).toHaveLength(2)
    })

    it('above all streams says that none ran', async () => {
      const port = await rawGrpcServer((socket) => socket.end(goaway(0)))
      expect(await failure(port)).toEqual({ code: 'UNAVAILABLE', unrun: true })
    })

    it('with an error, and the end of the connection, is UNAVAILABLE and not tried again', async () => {
      const server = await badServer((stream) =>
        stream.session!.destroy(undefined, constants.NGHTTP2_INTERNAL_ERROR),
      )
      expect(await failure(server.port)).toEqual({ code: 'UNAVAILABLE', unrun: false })
      expect(await failureOf(connectTo({ port: server.port }).values.text({ text: 'a' }))).toMatchObject({
        code: 'UNAVAILABLE',
      })
      expect(server.count).toBe(2)
    })
  })

  describe('a connection', () => {
    it('that is refused is UNAVAILABLE, and the call certainly never ran', async () => {
      expect(await failure(await freePort())).toEqual({ code: 'UNAVAILABLE', unrun: true })
    })

    it('that is refused is tried again, and finds the server that is there by then', async () => {
      const port = await freePort()
      const plain = grpc({ port, engine, codec: 'json' })
      let attempts = 0
      const watched: Transport = {
        ...plain,
        async connect(lookup) {
          const channel = await plain.connect(lookup)
          return {
            ...channel,
            invoke: (call) =>
              channel.invoke(call).catch(async (error: unknown) => {
                if (++attempts === 1) await badServer((stream) => answer(stream, fine), port)
                throw error
              }),
          }
        },
      }
      const client = createClient(conformanceContract, watched)
      onTestFinished(() => client.close())
      expect(await client.values.text({ text: 'a' })).toEqual({ text: 'a' })
      expect(attempts).toBe(1)
    })

    it('that is lost before the answer is UNAVAILABLE, and the call may have run', async () => {
      const port = await rawGrpcServer((socket) => socket.destroy())
      expect(await failure(port)).toEqual({ code: 'UNAVAILABLE', unrun: false })
    })

    it('that is lost in mid-stream is UNAVAILABLE behind the items', async () => {
      const { port, sessions } = await badServer((stream) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc+json' })
        stream.write(item)
      })
      const seen: unknown[] = []
      const work = async (): Promise<void> => {
        for await (const one of connectTo({ port }).streams.count({ to: 9 })) {
          seen.push(one)
          sessions[0]!.destroy()
        }
      }
      expect(await failureOf(work())).toMatchObject({ code: 'UNAVAILABLE' })
      expect(seen).toEqual([{ value: 1 }])
    })

    it.each([
      ['a frame of 16 MiB', Buffer.alloc(100, 0xff)],
      ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
      ['DATA on stream 0', dataFrame(0, item)],
    ])('on which the server says %s in mid-stream is UNAVAILABLE behind the items', async (_, rubbish) => {
      const port = await rawGrpcServer((socket, id) =>
        socket.write(Buffer.concat([headers(id, head), dataFrame(id, item), rubbish])),
      )
      const seen: unknown[] = []
      const client = connectTo({ port, keepAliveMs: 200, keepAliveTimeoutMs: 200 }, { retry: false })
      const work = async (): Promise<void> => {
        for await (const one of client.streams.count({ to: 9 })) seen.push(one)
      }
      expect(await failureOf(work())).toMatchObject({ code: 'UNAVAILABLE' })
      expect(seen).toEqual([{ value: 1 }])
    })

    it('of a server that closes in mid-stream is UNAVAILABLE, and of one that lets calls end is not', async () => {
      const demo = await serveDemo()
      const client = connectTo({ port: demo.port }, { retry: false })
      const endless = client.life.endless({})
      expect(await endless.next()).toMatchObject({ done: false })
      const work = async (): Promise<void> => {
        for await (const _ of endless);
      }
      const failed = failureOf(work())
      await demo.server.close()
      expect(await failed).toMatchObject({ code: 'UNAVAILABLE' })
    })

    it('that is lost is made anew for the next call', async () => {
      const server = await badServer((stream) => answer(stream, fine))
      const client = connectTo({ port: server.port }, { retry: false })
      await client.values.text({ text: 'a' })
      const closed = new Promise((resolve) => server.sessions[0]!.once('close', resolve))
      server.sessions[0]!.destroy()
      await closed
      // The client may hear of it a moment later: a call that meets the old connection says so.
      const outcome = await Promise.resolve(client.values.text({ text: 'a' })).catch(
        (error: unknown) => error,
      )
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'UNAVAILABLE' })
      expect(await client.values.text({ text: 'a' })).toEqual({ text: 'a' })
      expect(server.sessions).toHaveLength(2)
    })

    it('to what is no HTTP/2 is UNAVAILABLE', async () => {
      for (const said of [
        'HTTP/1.1 400 Bad Request\r\n\r\n',
        '220 mail ESMTP\r\n',
        '\0\0\0\0\0\0\0\0\0\0\0\0',
      ]) {
        const port = await rawServer((socket) => void socket.end(said, 'latin1'))
        expect(await failure(port)).toMatchObject({ code: 'UNAVAILABLE' })
      }
    })

    it('on which nothing is said is given up after connectTimeoutMs or the handshake time', async () => {
      const port = await rawServer(() => {})
      const client = connectTo({ port, http2: { handshakeTimeoutMs: 100 } }, { retry: false })
      expect(await failureOf(client.values.text({ text: 'a' }))).toMatchObject({ code: 'UNAVAILABLE' })
    })
  })

  describe("a Python server's answer", () => {
    it('whose grpc-message is raw UTF-8 with line breaks is a failure with that message', async () => {
      const text = 'erste Zeile: ä\nzweite Zeile'
      const message = Buffer.from(text).toString('latin1')
      const port = await rawGrpcServer((socket, id) => {
        const trailers = ['grpc-status', '9', 'grpc-message', message]
        socket.write(Buffer.concat([headers(id, head), headers(id, trailers, { end: true })]))
      })
      const client = connectTo({ port }, { retry: false })
      expect(await failureOf(client.values.text({ text: 'a' }))).toMatchObject({
        code: 'FAILED_PRECONDITION',
        message: ways[engine].linesOfMessage(text),
      })
    })
  })
})
