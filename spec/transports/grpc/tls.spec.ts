import { execFile } from 'node:child_process'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import type { AddressInfo } from 'node:net'
import { createRegistry, registry } from 'microapi-ts'
import { grpc, type TlsOptions } from 'microapi-ts/grpc'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeCertificates, type Certificates } from './certificates.ts'
import { engines } from './engines.ts'
import { endsOn, collect, failureOf } from './support.ts'

describe.each(engines)('engine %s:', (engine) => {
  const { serveDemo, connectTo, typeClientOf } = endsOn(engine)

  let made: Certificates
  let server: TlsOptions
  let ca: Buffer

  beforeAll(() => {
    made = makeCertificates()
    server = { key: made.read('server.key'), cert: made.read('server.crt') }
    ca = made.read('authority.crt')
  })
  afterAll(() => made.remove())

  describe('TLS', () => {
    it('carries all four patterns', async () => {
      const { url, port } = await serveDemo({ tls: server })
      expect(url).toMatch(/^grpcs:\/\/127\.0\.0\.1:\d+$/)
      for (const client of [connectTo({ port, tls: { ca } }), typeClientOf({ port, tls: { ca } })]) {
        expect(await client.values.text({ text: 'hi' })).toEqual({ text: 'hi' })
        expect(await collect(client.streams.count({ to: 3 }))).toHaveLength(3)
        expect(await client.streams.sum([{ value: 1 }])).toEqual({ count: 1, total: 1 })
        expect(await collect(client.life.talk([{ value: 1 }]))).toEqual([{ value: 1 }])
      }
    })

    it('carries a message of 1 MiB', async () => {
      const { port } = await serveDemo({ tls: server })
      const text = 'x'.repeat(1024 * 1024)
      expect((await connectTo({ port, tls: { ca } }).values.text({ text })).text === text).toBe(true)
    })

    it('a server whose authority the client does not know is UNAVAILABLE, unless that is allowed', async () => {
      const { port, probe } = await serveDemo({ tls: server })
      for (const tls of [true, { ca: made.read('stranger.crt') }] as const)
        expect(
          await failureOf(connectTo({ port, tls }, { retry: false }).metadata.failing({})),
        ).toMatchObject({
          code: 'UNAVAILABLE',
        })
      expect(probe.count('saw')).toBe(0)
      expect(await connectTo({ port, tls: { rejectUnauthorized: false } }).values.nothing({})).toEqual({})
    })

    it("the server's name is checked, against the one that the option says", async () => {
      const { port } = await serveDemo({ tls: server })
      expect(await connectTo({ port, tls: { ca, servername: 'api.test' } }).values.nothing({})).toEqual({})
      const other = connectTo({ port, tls: { ca, servername: 'other.test' } }, { retry: false })
      expect(await failureOf(other.values.nothing({}))).toMatchObject({ code: 'UNAVAILABLE' })
    })

    it('a client that speaks none gets no answer, and the server goes on', async () => {
      const { port } = await serveDemo({ tls: server })
      expect(await failureOf(connectTo({ port }, { retry: false }).values.nothing({}))).toMatchObject({
        code: 'UNAVAILABLE',
      })
      const socket = connectTcp(port, '127.0.0.1')
      onTestFinished(() => void socket.destroy())
      let said = ''
      socket.setEncoding('latin1').on('data', (text: string) => (said += text))
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
      await new Promise((resolve) => socket.on('close', resolve).on('error', () => {}))
      expect(said).not.toContain('\0\0\0\u0004\u0001')
      expect(await connectTo({ port, tls: { ca } }).values.nothing({})).toEqual({})
    })

    it('a client that speaks it is UNAVAILABLE at a server that does not', async () => {
      const { port } = await serveDemo()
      const client = connectTo({ port, tls: { ca } }, { retry: false })
      expect(await failureOf(client.values.nothing({}))).toMatchObject({ code: 'UNAVAILABLE' })
      expect(await connectTo({ port }).values.nothing({})).toEqual({})
    })

    it('a client that vanishes cancels its calls', async () => {
      const { port, probe } = await serveDemo({ tls: server })
      const client = connectTo({ port, tls: { ca } })
      const failed = failureOf(client.life.hold({}))
      await probe.until('hold began')
      await client.close()
      await probe.until('hold ended')
      expect(await failed).toMatchObject({ code: 'CANCELLED' })
    })

    it('a server that closes lets calls in flight finish', async () => {
      const demo = await serveDemo({ tls: server }, { graceMs: 5_000 })
      const call = Promise.resolve(connectTo({ port: demo.port, tls: { ca } }).life.busy({}))
      await demo.probe.until('busy began')
      const closed = demo.server.close()
      demo.probe.open('busy')
      expect(await call).toEqual({})
      await closed
    })

    it('a server without a certificate does not start', async () => {
      const transport = grpc({ port: 0, tls: true })
      await expect(transport.serve(() => Promise.reject(new Error('never')))).rejects.toThrow(
        'its certificate',
      )
    })
  })

  describe('ALPN', () => {
    /** What becomes of a socket that offers these protocols. */
    function offer(port: number, ALPNProtocols: string[] | undefined): Promise<string> {
      return new Promise((resolve) => {
        const options = { port, host: '127.0.0.1', ca, servername: 'localhost' }
        const socket = connectTls(ALPNProtocols ? { ...options, ALPNProtocols } : options)
        onTestFinished(() => void socket.destroy())
        socket.on('error', () => resolve('refused'))
        socket.on('close', () => resolve('refused'))
        socket.on('data', () => resolve(`speaks ${String(socket.alpnProtocol)}`))
        socket.resume()
      })
    }

    it('of a client must hold h2: others are refused, and the server goes on', async () => {
      const { port } = await serveDemo({ tls: server })
      expect(await offer(port, ['h2'])).toBe('speaks h2')
      expect(await offer(port, ['http/1.1', 'h2'])).toBe('speaks h2')
      expect(await offer(port, ['http/1.1'])).toBe('refused')
      expect(await offer(port, undefined)).toBe('refused')
      expect(await connectTo({ port, tls: { ca } }).values.nothing({})).toEqual({})
    })

    it.each([[['http/1.1']], [undefined]])(
      'of a server that is not h2 (%j) is UNAVAILABLE',
      async (protocols) => {
        const sockets = new Set<TLSSocket>()
        const other = createTlsServer(
          { ...server, ...(protocols ? { ALPNProtocols: protocols } : {}) },
          (socket) => {
            sockets.add(socket)
            socket.on('error', () => {}).resume()
          },
        )
        other.on('tlsClientError', () => {})
        await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
        onTestFinished(async () => {
          for (const socket of sockets) socket.destroy()
          await new Promise((resolve) => other.close(resolve))
        })
        const { port } = other.address() as AddressInfo
        const client = connectTo({ port, tls: { ca } }, { retry: false })
        expect(await failureOf(client.values.nothing({}))).toMatchObject({ code: 'UNAVAILABLE' })
      },
    )
  })

  describe('mTLS', () => {
    const strict = (): TlsOptions => ({ ...server, ca, requestCert: true, rejectUnauthorized: true })
    const signed = (name: string): TlsOptions => ({
      ca,
      key: made.read(`${name}.key`),
      cert: made.read(`${name}.crt`),
    })

    it('lets in whom its authority has signed', async () => {
      const { port } = await serveDemo({ tls: strict() })
      expect(await connectTo({ port, tls: signed('client') }).values.text({ text: 'hi' })).toEqual({
        text: 'hi',
      })
    })

    it('keeps out everybody else', async () => {
      const { port, probe } = await serveDemo({ tls: strict() })
      for (const tls of [{ ca }, signed('impostor')])
        expect(
          await failureOf(connectTo({ port, tls }, { retry: false }).metadata.failing({})),
        ).toMatchObject({
          code: 'UNAVAILABLE',
        })
      expect(probe.count('saw')).toBe(0)
    })
  })

  describe('a URL', () => {
    it('of grpcs:// means TLS, with the authorities that the process trusts', async () => {
      const { url } = await serveDemo({ tls: server })
      const program = `
      import { createClient } from ${JSON.stringify(new URL('../../../lib/index.ts', import.meta.url).href)}
      import { grpc } from ${JSON.stringify(new URL('../../../lib/transports/grpc/index.ts', import.meta.url).href)}
      const client = createClient(grpc.fromUrl(process.env.TEST_URL), { retry: false })
      console.log(JSON.stringify(await client.values.text({ text: 'hi' })))
      await client.close()
    `
      const run = (env: Record<string, string>): Promise<string> =>
        new Promise((resolve) => {
          const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
          const options = { env: { ...process.env, TEST_URL: url, ...env } }
          execFile(process.execPath, args, options, (_error, stdout, stderr) => resolve(stdout + stderr))
        })
      const trusting = await run({ NODE_EXTRA_CA_CERTS: join(made.folder, 'authority.crt') })
      const other = await run({})
      expect(trusting).toContain('{"text":"hi"}')
      expect(other).toContain('UNAVAILABLE')
      expect(other).not.toContain('{"text":"hi"}')
    }, 60_000)

    it('of grpc:// means none, at port 50051 unless it says another', async () => {
      const { url } = await serveDemo()
      const transport = await createRegistry([grpc]).open(url)
      expect(transport.schemes).toEqual(['grpc', 'grpcs'])
      const channel = await transport.connect()
      await channel.close()
      expect(() => grpc.fromUrl('grpc://127.0.0.1')).not.toThrow()
    })

    it.each([
      ['grpc://a:1,b:2/path', 'a path'],
      ['grpc://a/path', 'a path'],
      ['grpcs://a?x=1', 'x'],
      ['grpc://user@a', 'a user name'],
    ])('%s is refused: it names %s', (url, what) => {
      expect(() => grpc.fromUrl(url)).toThrow(what)
    })

    it('opens by its scheme alone, as those of http do', () => {
      expect(registry.schemes).toEqual(expect.arrayContaining(['grpc', 'grpcs']))
    })
  })
})
