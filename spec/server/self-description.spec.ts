import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc, RpcError, serve, type App } from 'microapi-ts'
import { grpc } from 'microapi-ts/grpc'
import { http } from 'microapi-ts/http'
import { memory } from 'microapi-ts/memory'
import { recordingLog } from 'microapi-ts/testing'
import { ws } from 'microapi-ts/ws'
import { describe, expect, it, onTestFinished } from 'vitest'
import { describeServices, Description, type AppDescription } from '../../lib/core/describe.ts'
import type { Transport } from '../../lib/core/transport.ts'
import { app as everything } from '../generate/python-app.ts'
import { stockReflection } from '../transports/grpc/reflection-clients.ts'

const slow = { timeout: 60_000 }

const N = Type.Object({ n: Type.Integer() })
const numbers = defineService({ double: rpc.unary(N, N, ({ n }) => ({ n: 2 * n })) })
const contract = { microapi: defineService({ describe: rpc.unary(Empty, Description) }) }

/** Serves an app that describes itself, until the test has finished. */
async function described(transport: Transport, app: App = everything, isOn = true) {
  const server = await serve(app, transport, { signals: false, ...(isOn && { describe: true }) })
  onTestFinished(() => server.close())
  return server
}

/** What a server says of itself to a client that has no contract. */
async function asked(transport: Transport | string) {
  const client = createClient<typeof contract>(transport, { retry: false })
  onTestFinished(() => client.close())
  return client.microapi.describe()
}

/** What it says to a client that has: over gRPC in protobuf. */
async function askedByContract(transport: Transport | string) {
  const client = createClient(contract, transport, { retry: false })
  onTestFinished(() => client.close())
  return client.microapi.describe()
}

const inJson = ({ services, version }: App) =>
  JSON.parse(JSON.stringify(describeServices(services, version))) as AppDescription

const transports = {
  http: () => http({ port: 0 }),
  ws: () => ws({ port: 0 }),
  grpc: () => grpc({ port: 0 }),
  'grpc with JSON': () => grpc({ port: 0, codec: 'json' }),
}

describe('a server that describes itself', slow, () => {
  it.each(Object.entries(transports))('does so over %s', async (_, make) => {
    const { urls } = await described(make())
    expect(await asked(urls[0]!)).toEqual(inJson(everything))
  })

  it('does so in this process', async () => {
    const transport = memory()
    await described(transport)
    expect(await asked(transport)).toEqual(inJson(everything))
  })

  it('does so in protobuf', async () => {
    const { urls } = await described(grpc({ port: 0, codec: 'proto' }))
    expect(await askedByContract(urls[0]!)).toEqual(inJson(everything))
  })

  it('keeps the order in which all was declared, which numbers fields in protobuf', async () => {
    const text = JSON.stringify(inJson(everything).services)
    for (const make of Object.values(transports)) {
      const { urls } = await described(make())
      expect(JSON.stringify((await asked(urls[0]!)).services) === text).toBe(true)
    }
  })

  it('does so to whoever asks, whatever its middleware says', async () => {
    const denied = (): never => {
      throw new RpcError('UNAUTHENTICATED', 'nobody may call')
    }
    const app = createApp({ services: { numbers }, use: [denied], log: recordingLog() })
    const { urls } = await described(http({ port: 0 }), app)
    const client = createClient<typeof app>(urls[0]!, { retry: false })
    onTestFinished(() => client.close())
    await expect(client.numbers.double({ n: 1 })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    const said = await asked(urls[0]!)
    expect(Object.keys(said.services)).toEqual(['numbers'])
  })

  it('says no more than JSON can', async () => {
    const Odd = Type.Object({ n: Type.Integer({ of: () => 1, or: undefined }) })
    const app = createApp({ services: { odd: defineService({ get: rpc.unary(Odd, Odd, (odd) => odd) }) } })
    const transport = memory()
    await described(transport, app)
    const said = await asked(transport)
    expect(said).toMatchObject({
      services: { odd: { get: { input: { properties: { n: { type: 'integer' } } } } } },
    })
    expect(said).toStrictEqual(inJson(app))
  })

  it('shows its description to tools of gRPC', async () => {
    const app = createApp({ services: { numbers }, version: 3 })
    const { urls } = await described(grpc({ port: 0, reflection: true }), app)
    const port = Number(new URL(urls[0]!).port)
    const [answer] = await stockReflection(port, 'v1', [{ host: '', list_services: '' }])
    const names = (answer!['list_services_response'].service as { name: string }[]).map(({ name }) => name)
    expect(names).toContain('microapi.MicroapiService')
    expect(names).toContain('numbers.NumbersService')
    const [files] = await stockReflection(port, 'v1', [
      { host: '', file_containing_symbol: 'microapi.MicroapiService.describe' },
    ])
    expect(files!['file_descriptor_response'].file_descriptor_proto).toHaveLength(2)
  })

  it('has no service of that name', async () => {
    const app = createApp({ services: { microapi: numbers } })
    await expect(described(http({ port: 0 }), app)).rejects.toThrow(
      'serve: by "microapi" this server describes itself; rename the service of that name, or leave describe: true out',
    )
    const { urls } = await described(http({ port: 0 }), app, false)
    const client = createClient<typeof app>(urls[0]!)
    onTestFinished(() => client.close())
    expect(await client.microapi.double({ n: 2 })).toEqual({ n: 4 })
  })
})

it.each(Object.entries(transports))(
  'a server says nothing of itself unless told to, over %s',
  slow,
  async (_, make) => {
    const { urls } = await described(make(), everything, false)
    await expect(asked(urls[0]!)).rejects.toMatchObject({ code: 'UNIMPLEMENTED', reason: 'UNKNOWN_METHOD' })
  },
)
