import { credentials, ServerCredentials, status, type ServerUnaryCall } from '@grpc/grpc-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificates, type Certificates } from './certificates.ts'
import { jsClient, jsServer, pairings } from './grpc-js.ts'
import { endsOn, failureOf } from './support.ts'

let made: Certificates
let ca: Buffer

beforeAll(() => {
  made = makeCertificates()
  ca = made.read('authority.crt')
})
afterAll(() => made.remove())

const pair = (name: string) => ({ key: made.read(`${name}.key`), cert: made.read(`${name}.crt`) })

describe.each(pairings)('with grpc-js, $codec, and $engine', ({ wire, engine, codec }) => {
  const { serveDemo, connectTo } = endsOn(engine)

  /** What a client of grpc-js gets from our server. */
  async function ask(port: number, authority: Buffer, name?: string): Promise<unknown> {
    const { key, cert } = name === undefined ? { key: null, cert: null } : pair(name)
    const { unary } = jsClient(port, {}, { wire, secrets: credentials.createSsl(authority, key, cert) })
    return (await unary('/values/text', { text: 'ä' }, { deadline: Date.now() + 8_000 })).answer
  }

  /** Where a server of grpc-js listens. */
  async function listen(strict: boolean): Promise<number> {
    const { key, cert } = pair('server')
    const secrets = ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], strict)
    const text = (call: ServerUnaryCall<any, any>, done: (error: null, value: unknown) => void): void =>
      done(null, call.request)
    return (await jsServer({ '/values/text': text }, {}, { wire, secrets })).port
  }

  it('TLS carries calls, and a server whose authority is not known gets none', async () => {
    const { port, probe } = await serveDemo({ tls: pair('server') })
    expect(await ask(port, ca)).toEqual({ text: 'ä' })
    expect(await failureOf(ask(port, made.read('stranger.crt')))).toMatchObject({ code: status.UNAVAILABLE })
    expect(probe.events).toEqual([])
    const there = await listen(false)
    const { values } = connectTo({ port: there, codec, tls: { ca } })
    expect(await values.text({ text: 'ä' })).toEqual({ text: 'ä' })
    const stranger = connectTo(
      { port: there, codec, tls: { ca: made.read('stranger.crt') } },
      { retry: false },
    )
    expect(await failureOf(stranger.values.text({ text: 'ä' }))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('mTLS lets in whom the authority has signed, and nobody else', async () => {
    const tls = { ...pair('server'), ca, requestCert: true, rejectUnauthorized: true }
    const { port } = await serveDemo({ tls })
    expect(await ask(port, ca, 'client')).toEqual({ text: 'ä' })
    for (const name of [undefined, 'impostor'])
      expect(await failureOf(ask(port, ca, name))).toMatchObject({ code: status.UNAVAILABLE })
    const there = await listen(true)
    const reach = (more: object) => connectTo({ port: there, codec, tls: { ca, ...more } }, { retry: false })
    expect(await reach(pair('client')).values.text({ text: 'ä' })).toEqual({ text: 'ä' })
    for (const more of [{}, pair('impostor')])
      expect(await failureOf(reach(more).values.text({ text: 'ä' }))).toMatchObject({ code: 'UNAVAILABLE' })
  })
})
