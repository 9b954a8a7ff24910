import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { serve } from 'microapi-ts'
import { http, type TlsOptions } from 'microapi-ts/http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  collect,
  connectTo,
  curl,
  failureOf,
  makeApp,
  rawConnect,
  serveDemo,
  typeClientOf,
} from './support.ts'

const folder = mkdtempSync(join(tmpdir(), 'microapi-tls-'))
const at = (name: string): string => join(folder, name)
const read = (name: string): Buffer => readFileSync(at(name))
const openssl = (...args: string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' })

/** A certificate that the authority of this name has signed. */
function sign(name: string, signer: string, extensions: string): void {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at(`${name}.key`))
  openssl('req', '-new', '-key', at(`${name}.key`), '-subj', `/CN=${name}`, '-out', at(`${name}.csr`))
  writeFileSync(at(`${name}.ext`), extensions)
  const by = ['-CA', at(`${signer}.crt`), '-CAkey', at(`${signer}.key`), '-CAcreateserial']
  const what = [
    '-in',
    at(`${name}.csr`),
    '-days',
    '2',
    '-extfile',
    at(`${name}.ext`),
    '-out',
    at(`${name}.crt`),
  ]
  openssl('x509', '-req', ...what, ...by)
}

function authority(name: string): void {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', at(`${name}.key`))
  const subject = ['-subj', `/CN=${name}`, '-days', '2']
  openssl('req', '-x509', '-new', '-key', at(`${name}.key`), ...subject, '-out', at(`${name}.crt`))
}

let server: TlsOptions
let ca: Buffer

beforeAll(() => {
  authority('authority')
  authority('stranger')
  sign('server', 'authority', 'subjectAltName=DNS:localhost,DNS:api.test,IP:127.0.0.1\n')
  sign('client', 'authority', 'extendedKeyUsage=clientAuth\n')
  sign('impostor', 'stranger', 'extendedKeyUsage=clientAuth\n')
  server = { key: read('server.key'), cert: read('server.crt') }
  ca = read('authority.crt')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('TLS', () => {
  it('carries all four patterns', async () => {
    const { url } = await serveDemo({ tls: server })
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const client = connectTo({ url, tls: { ca } })
    expect(await client.values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    expect(await collect(client.streams.count({ to: 3 }))).toHaveLength(3)
    expect(await client.streams.sum([{ value: 1 }])).toEqual({ count: 1, total: 1 })
    expect(await collect(client.life.talk([{ value: 1 }]))).toEqual([{ value: 1 }])
    const { port } = new URL(url)
    expect(await typeClientOf({ port: Number(port), tls: { ca } }).values.text({ text: 'hi' })).toEqual({
      text: 'hi',
    })
  })

  it('is spoken by curl', async () => {
    const { url } = await serveDemo({ tls: server })
    expect(await curl('--cacert', at('authority.crt'), `${url}/health`)).toEqual({
      exit: 0,
      status: 200,
      body: '{"status":"ok"}',
    })
  })

  it('a server whose authority the client does not know is UNAVAILABLE, unless that is allowed', async () => {
    const { url, probe } = await serveDemo({ tls: server })
    for (const tls of [true, { ca: read('stranger.crt') }] as const) {
      expect(await failureOf(connectTo({ url, tls }, { retry: false }).metadata.failing())).toMatchObject({
        code: 'UNAVAILABLE',
      })
    }
    expect(probe.count('saw')).toBe(0)
    expect(await connectTo({ url, tls: { rejectUnauthorized: false } }).values.nothing()).toEqual({})
  })

  it("the server's name is checked, against the one that the option says", async () => {
    const { url } = await serveDemo({ tls: server })
    expect(await connectTo({ url, tls: { ca, servername: 'api.test' } }).values.nothing()).toEqual({})
    const other = connectTo({ url, tls: { ca, servername: 'other.test' } }, { retry: false })
    expect(await failureOf(other.values.nothing())).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('a client that speaks none gets no answer, and the server goes on', async () => {
    const { url } = await serveDemo({ tls: server })
    const port = Number(new URL(url).port)
    const raw = await rawConnect(port)
    raw.send('POST /values/nothing HTTP/1.1\r\nhost: x\r\n\r\n')
    expect(await raw.closed).not.toContain('200')
    expect(await failureOf(connectTo({ port }, { retry: false }).values.nothing())).toMatchObject({
      code: 'UNAVAILABLE',
    })
    expect(await connectTo({ url, tls: { ca } }).values.nothing()).toEqual({})
  })

  it('a client that vanishes cancels its calls', async () => {
    const { url, probe } = await serveDemo({ tls: server })
    const socket = connectTls({
      port: Number(new URL(url).port),
      host: '127.0.0.1',
      ca,
      servername: 'localhost',
    })
    socket.on('error', () => {})
    socket.write('POST /life/hold HTTP/1.1\r\nhost: x\r\n\r\n')
    await probe.until('hold began')
    socket.destroy()
    await probe.until('hold ended')
  })

  it('a server that closes lets calls in flight finish', async () => {
    const demo = await serveDemo({ tls: server }, { graceMs: 5_000 })
    const call = Promise.resolve(connectTo({ url: demo.url, tls: { ca } }).life.busy())
    await demo.probe.until('busy began')
    const closed = demo.server.close()
    demo.probe.open('busy')
    expect(await call).toEqual({})
    await closed
  })

  it('a server without a certificate does not start', async () => {
    const { app } = makeApp()
    await expect(serve(app, http({ port: 0, tls: true }), { signals: false })).rejects.toThrow(
      'its certificate',
    )
  })

  it('is what a https:// URL means, with the authorities that the process trusts', async () => {
    const { url } = await serveDemo({ tls: server, prefix: '/api' })
    const program = `
      import { createClient } from ${JSON.stringify(new URL('../../../lib/index.ts', import.meta.url).href)}
      const client = createClient(process.env.TEST_URL)
      console.log(JSON.stringify(await client.values.text({ text: 'hi' })))
      await client.close()
    `
    const run = (env: Record<string, string>): Promise<string> =>
      new Promise((resolve) => {
        const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
        const options = { env: { ...process.env, TEST_URL: url.replace('127.0.0.1', 'localhost'), ...env } }
        execFile(process.execPath, args, options, (_error, stdout, stderr) => resolve(stdout + stderr))
      })
    const [trusting, other] = await Promise.all([run({ NODE_EXTRA_CA_CERTS: at('authority.crt') }), run({})])
    expect(trusting).toContain('{"text":"hi"}')
    expect(other).toContain('UNAVAILABLE')
    expect(other).not.toContain('{"text":"hi"}')
  }, 60_000)
})

describe('mTLS', () => {
  const strict = (): TlsOptions => ({ ...server, ca, requestCert: true, rejectUnauthorized: true })

  it('lets in whom its authority has signed', async () => {
    const { url } = await serveDemo({ tls: strict() })
    const tls = { ca, key: read('client.key'), cert: read('client.crt') }
    expect(await connectTo({ url, tls }).values.text({ text: 'hi' })).toEqual({ text: 'hi' })
    const args = ['--cacert', at('authority.crt'), '--key', at('client.key'), '--cert', at('client.crt')]
    expect(await curl(...args, `${url}/health`)).toMatchObject({ exit: 0, status: 200 })
  })

  it('keeps out everybody else', async () => {
    const { url, probe } = await serveDemo({ tls: strict() })
    const impostor = { ca, key: read('impostor.key'), cert: read('impostor.crt') }
    for (const tls of [{ ca }, impostor]) {
      expect(await failureOf(connectTo({ url, tls }, { retry: false }).metadata.failing())).toMatchObject({
        code: 'UNAVAILABLE',
      })
    }
    expect((await curl('--cacert', at('authority.crt'), `${url}/health`)).exit).not.toBe(0)
    expect(probe.count('saw')).toBe(0)
  })
})
