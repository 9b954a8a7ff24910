import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'
import { Type } from '@sinclair/typebox'
import {
  createApp,
  createClient,
  defineService,
  isRpcError,
  rpc,
  RpcError,
  serve,
  type Transport,
} from 'microapi-ts'
import { grpc } from 'microapi-ts/grpc'
import { http } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest'

const From = Type.Object({ from: Type.Integer() })
const Entry = Type.Object({ id: Type.Integer(), text: Type.String() })
const contract = {
  log: defineService({ follow: rpc.serverStream(From, Entry, { cursor: (entry) => entry.id }) }),
}

/** A server that counts its calls; each call goes on until it has sent `length` entries in all. */
async function serveLog(transport: Transport, length: number) {
  const starts: unknown[] = []
  const app = createApp({
    services: {
      log: rpc.implement(contract.log, {
        async *follow({ from }, { resumeAfter }) {
          starts.push(resumeAfter)
          for (
            let id = resumeAfter === undefined ? from : Number(resumeAfter) + 1;
            id < from + length;
            id++
          ) {
            yield { id, text: `entry ${id}` }
          }
        },
      }),
    },
  })
  const server = await serve(app, transport, { signals: false, graceMs: 100 })
  onTestFinished(() => server.close())
  return { starts, port: Number(new URL(server.urls[0]!).port) }
}

/** What stands between client and server, and can be cut. */
async function proxyTo(port: number) {
  const sockets = new Set<Socket>()
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const cut = (): void => sockets.forEach((socket) => socket.destroy())
  onTestFinished(() => {
    cut()
    proxy.close()
  })
  return { port: (proxy.address() as AddressInfo).port, cut }
}

describe.each<[string, (port: number) => Transport]>([
  ['WebSocket', (port) => ws({ port, reconnectMs: 5 })],
  ['HTTP', (port) => http({ port })],
  ['gRPC', (port) => grpc({ port, reconnect: { initialMs: 5 } })],
])('a stream with a cursor, over %s', (_, transport) => {
  it('goes on behind the last item delivered when the connection is lost', { timeout: 20_000 }, async () => {
    const length = 50_000
    const { starts, port } = await serveLog(transport(0), length)
    const proxy = await proxyTo(port)
    const client = createClient(contract, transport(proxy.port))
    onTestFinished(() => client.close())
    let expected = 7
    for await (const { id } of client.log.follow({ from: 7 })) {
      expect(id).toBe(expected++)
      if (id === 20 || id === 3_000) proxy.cut()
    }
    expect(expected).toBe(7 + length)
    expect(starts[0]).toBeUndefined()
    expect(starts.length).toBeGreaterThan(1)
    for (const start of starts.slice(1)) expect(start).toBeGreaterThanOrEqual(20)
  })
})

describe('resuming', () => {
  const failing = (failures: RpcError[]) => {
    const seen: (string | undefined)[] = []
    const transport: Transport = {
      schemes: [],
      serve: () => Promise.reject(new Error('no')),
      connect: async () => ({
        async invoke(call) {
          seen.push(call.metadata.get('resume-after'))
          const failure = failures.shift()
          const from = Number(call.metadata.get('resume-after') ?? 0)
          const output = (async function* () {
            yield { id: from + 1, text: '' }
            if (failure) throw failure
          })()
          return { output, header: call.metadata, trailer: call.metadata }
        },
        close: async () => {},
      }),
    }
    return { transport, seen }
  }
  const lost = (): RpcError => new RpcError('UNAVAILABLE', 'lost')

  it('calls again with the cursor for a failure of the connection only', async () => {
    const { transport, seen } = failing([lost(), new RpcError('ABORTED', 'no')])
    const client = createClient(contract, transport)
    const ids: number[] = []
    const error: unknown = await (async () => {
      for await (const { id } of client.log.follow({ from: 0 })) ids.push(id)
    })().catch((thrown: unknown) => thrown)
    expect(isRpcError(error) && error.code).toBe('ABORTED')
    expect(ids).toEqual([1, 2])
    expect(seen).toEqual([undefined, '1'])
  })

  it('does not without a cursor', async () => {
    const { transport, seen } = failing([lost()])
    const client = createClient<typeof contract>(transport)
    const error: unknown = await (async () => {
      for await (const { id } of client.log.follow({ from: 0 })) expect(id).toBe(1)
    })().catch((thrown: unknown) => thrown)
    expect(isRpcError(error) && error.code).toBe('UNAVAILABLE')
    expect(seen).toEqual([undefined])
  })

  it('takes the cursor from a call of a client that knows a type alone; text keeps its characters', async () => {
    const { transport, seen } = failing([lost()])
    const client = createClient<typeof contract>(transport)
    const call = client.log.follow({ from: 0 }, { cursor: ({ id }) => `é "${id}"` })
    await call.next()
    await call.next().catch(() => {})
    await call.return()
    expect(JSON.parse(seen[1]!)).toBe('é "1"')
  })

  it('ends when the call is cancelled while it waits for the server', async () => {
    const { transport } = failing(Array.from({ length: 100 }, lost))
    const broken: Transport = {
      ...transport,
      connect: async () => {
        const channel = await transport.connect()
        let calls = 0
        return {
          ...channel,
          invoke: (call) => (calls++ === 0 ? channel.invoke(call) : Promise.reject(lost())),
        }
      },
    }
    const client = createClient(contract, broken, { retry: false })
    const abort = new AbortController()
    const call = client.log.follow({ from: 0 }, { signal: abort.signal })
    await call.next()
    const next = call.next().catch((error: unknown) => error)
    abort.abort()
    const error = await next
    expect(isRpcError(error) && error.code).toBe('CANCELLED')
  })

  it('types the item that the cursor is read from', () => {
    rpc.serverStream(From, Entry, {
      cursor: (entry) => {
        expectTypeOf(entry).toEqualTypeOf<{ id: number; text: string }>()
        return entry.id
      },
    })
    // @ts-expect-error -- an entry has no such field
    rpc.serverStream(From, Entry, { cursor: (entry) => entry.nothing })
  })
})
