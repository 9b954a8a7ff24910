import { Type } from '@sinclair/typebox'
import { createClient, defineService, rpc, type Transport } from 'microapi-ts'
import { grpc } from 'microapi-ts/grpc'
import { http } from 'microapi-ts/http'
import { ws } from 'microapi-ts/ws'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'
import { certificate } from '../http2/interop/certificate.ts'
import { nginx } from '../http2/interop/nginx.ts'
import { describeTool } from '../http2/interop/tools.ts'
import { deploy, proxied } from './deployed.ts'

const N = Type.Object({ n: Type.Integer() })
const contract = {
  numbers: defineService({
    double: rpc.unary(N, N),
    count: rpc.serverStream(Type.Object({ to: Type.Integer() }), N),
    echo: rpc.bidiStream(N, N),
  }),
  grpc_health_v1: defineService(
    {
      Check: rpc.unary(
        Type.Object({ service: Type.String() }),
        Type.Object({
          status: Type.Union(
            [Type.Literal('UNKNOWN'), Type.Literal('SERVING'), Type.Literal('NOT_SERVING')],
            { proto: { values: { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2 } } },
          ),
        }),
      ),
    },
    { proto: { package: 'grpc.health.v1', service: 'Health' } },
  ),
}

function clientOf(transport: Transport) {
  const client = createClient(contract, transport)
  onTestFinished(() => client.close())
  return client
}

describe('the server of docs/deployment.md', () => {
  it('is not ready from SIGTERM on, and still takes calls', { timeout: 60_000 }, async () => {
    const server = await deploy()
    const statusOf = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${server.http}${path}`)).status
    const client = clientOf(http({ port: server.http }))
    const health = clientOf(grpc({ port: server.grpc })).grpc_health_v1
    expect([await statusOf('/live'), await statusOf('/ready')]).toEqual([200, 200])
    expect(await health.Check({ service: '' })).toEqual({ status: 'SERVING' })
    expect(await health.Check({ service: 'numbers' })).toEqual({ status: 'SERVING' })

    server.child.kill('SIGTERM')
    await vi.waitFor(async () => expect(await statusOf('/ready')).toBe(503), {
      timeout: 30_000,
      interval: 10,
    })
    expect(await statusOf('/live')).toBe(200)
    expect(await health.Check({ service: '' })).toEqual({ status: 'NOT_SERVING' })
    expect(await client.numbers.double({ n: 4 })).toEqual({ n: 8 })
  })
})

describeTool(nginx, () => {
  it(
    'passes calls and streams of every transport on as they come, and the host that was called',
    { timeout: 60_000 },
    async () => {
      const port = await proxied(await deploy())
      const tls = { ca: certificate().cert }
      const place = { host: 'localhost', port, tls }
      for (const transport of [http(place), ws(place), grpc(place)]) {
        const { numbers } = clientOf(transport)
        expect(await numbers.double({ n: 21 })).toEqual({ n: 42 })
        // The answer to the first message comes before there is a second.
        const echo = numbers.echo()
        for (const n of [1, 2, 3]) {
          await echo.send({ n })
          expect(await echo.next()).toEqual({ done: false, value: { n } })
        }
        await echo.end()
        expect((await echo.next()).done).toBe(true)
      }

      // A page may open a WebSocket to its own host alone.
      const opened = (origin: string): Promise<string> =>
        new Promise((resolve) => {
          const socket = new WebSocket(`wss://localhost:${port}/`, ['microapi.v1'], {
            ca: certificate().cert,
            origin,
          })
          socket.once('open', () => {
            socket.close()
            resolve('open')
          })
          socket.once('error', ({ message }) => resolve(message))
        })
      expect(await opened(`https://localhost:${port}`)).toBe('open')
      expect(await opened('https://elsewhere.example')).toContain('403')
    },
  )
})
