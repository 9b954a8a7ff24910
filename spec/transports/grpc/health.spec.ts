import { status } from '@grpc/grpc-js'
import { Type } from '@sinclair/typebox'
import { createApp, createClient, defineService, Empty, rpc, RpcError, serve } from 'microapi-ts'
import { grpc, type GrpcOptions } from 'microapi-ts/grpc'
import { memory } from 'microapi-ts/memory'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Description } from '../../../lib/core/transport.ts'
import { healthService } from '../../../lib/transports/grpc/health/health.ts'
import { stockHealth } from './reflection-clients.ts'
import { connectTo, failureOf, serveDemo } from './support.ts'

const Asked = Type.Object({ service: Type.String() })
const ServingStatus = Type.Object({
  status: Type.Union([Type.Literal('SERVING'), Type.Literal('NOT_SERVING'), Type.Literal('SERVICE_UNKNOWN')]),
})
const proto = { package: 'grpc.health.v1', service: 'Health' }

/** A server of an app, until the test has finished; its port. */
async function serveApp(options: Parameters<typeof createApp>[0], more: GrpcOptions = {}): Promise<number> {
  const server = await serve(createApp(options), grpc({ port: 0, ...more }), { signals: false })
  onTestFinished(() => server.close())
  return Number(new URL(server.urls[0]!).port)
}

describe.each(['own', 'node:http2'] as const)('health, over the engine %s', (engine) => {
  describe('Check', () => {
    it.each(['', 'values', 'values.ValuesService'])('of %j is SERVING', async (service) => {
      const { port } = await serveDemo({ engine })
      expect(await stockHealth(port).check(service)).toBe('SERVING')
    })

    it.each(['nobody', 'values.Values', 'ValuesService', 'values/text', 'toString', 'grpc_health_v1'])(
      'of %j is NOT_FOUND',
      async (service) => {
        const { port } = await serveDemo({ engine })
        expect(await failureOf(stockHealth(port).check(service))).toMatchObject({
          code: status.NOT_FOUND,
          details: `there is no service "${service}" here`,
        })
      },
    )

    it('is answered to a client of ours', async () => {
      const { port } = await serveDemo({ engine })
      const health = defineService({ Check: rpc.unary(Empty, ServingStatus) }, { proto })
      const client = createClient({ health }, grpc({ port, engine }))
      onTestFinished(() => client.close())
      expect(await client.health.Check()).toEqual({ status: 'SERVING' })
    })
  })

  describe('Watch', () => {
    it('follows the drain, is told of its end, and does not hold it up', async () => {
      // Longer than the test may take: it would fail if the drain waited for the watchers.
      const demo = await serveDemo({ engine }, { drainDelayMs: 500, graceMs: 60_000 })
      const { check, watch } = stockHealth(demo.port)
      const [all, one, nobody] = [watch(), watch('values'), watch('nobody')]
      expect([await all.next(), await one.next(), await nobody.next()]).toEqual([
        'SERVING',
        'SERVING',
        'SERVICE_UNKNOWN',
      ])
      const closing = demo.server.close()
      expect([await all.next(), await one.next()]).toEqual(['NOT_SERVING', 'NOT_SERVING'])
      expect(await check()).toBe('NOT_SERVING')
      for (const { next } of [all, one, nobody])
        expect(await failureOf(next())).toMatchObject({
          code: status.UNAVAILABLE,
          details: 'the server is shutting down',
        })
      await closing
      expect(demo.log.lines).toEqual([])
    })

    it('goes on while the calls of the app finish', async () => {
      const demo = await serveDemo({ engine }, { graceMs: 60_000 })
      const { next } = stockHealth(demo.port).watch()
      expect(await next()).toBe('SERVING')
      const busy = connectTo({ port: demo.port, engine }).life.busy({})
      await demo.probe.until('busy began')
      const closing = demo.server.close()
      expect(await next()).toBe('NOT_SERVING')
      demo.probe.open('busy')
      expect(await busy).toEqual({})
      expect(await failureOf(next())).toMatchObject({ code: status.UNAVAILABLE })
      await closing
    })

    it('of a service that is not there stays open, for a client that leaves', async () => {
      const { port } = await serveDemo({ engine })
      const { check, watch } = stockHealth(port)
      const { next, cancel } = watch('nobody')
      expect(await next()).toBe('SERVICE_UNKNOWN')
      const ended = failureOf(next())
      expect(await check()).toBe('SERVING')
      cancel()
      expect(await ended).toMatchObject({ code: status.CANCELLED })
    })
  })

  it.each([{ health: false }, { codec: 'json' }] as const)('with %j there is none', async (options) => {
    const { port } = await serveDemo({ engine, ...options })
    const { check, watch } = stockHealth(port)
    expect(await failureOf(check())).toMatchObject({ code: status.UNIMPLEMENTED })
    expect(await failureOf(watch().next())).toMatchObject({ code: status.UNIMPLEMENTED })
  })
})

describe('health', () => {
  it('is asked without the middleware of the app', async () => {
    const nobody = (): never => {
      throw new RpcError('UNAUTHENTICATED', 'nobody may call')
    }
    const guarded = defineService({ open: rpc.unary(Empty, Empty, () => ({})) })
    const port = await serveApp({ services: { guarded }, use: [nobody] })
    const client = createClient({ guarded }, grpc({ port }))
    onTestFinished(() => client.close())
    expect(await failureOf(client.guarded.open())).toMatchObject({ code: 'UNAUTHENTICATED' })
    const { check, watch } = stockHealth(port)
    expect(await check('guarded')).toBe('SERVING')
    expect(await watch().next()).toBe('SERVING')
  })

  it('knows services by the names of a .proto', async () => {
    const users = defineService(
      { get: rpc.unary(Empty, Empty, () => ({})) },
      { proto: { package: 'acme.users.v1', service: 'Users' } },
    )
    const bare = defineService(
      { get: rpc.unary(Empty, Empty, () => ({})) },
      { proto: { package: '', service: 'Bare' } },
    )
    const { check } = stockHealth(await serveApp({ services: { users, bare } }))
    expect(await check('Bare')).toBe('SERVING')
    expect(await check('acme.users.v1.Users')).toBe('SERVING')
    expect(await check('users')).toBe('SERVING')
    expect(await failureOf(check('users.UsersService'))).toMatchObject({ code: status.NOT_FOUND })
  })

  const own = { Check: rpc.unary(Empty, ServingStatus, () => ({ status: 'NOT_SERVING' as const })) }

  it('refuses a service of the app under its name here', async () => {
    const services = { grpc_health_v1: defineService(own) }
    await expect(serveApp({ services })).rejects.toThrow(
      'serve: the name of service "grpc_health_v1" is the transport\'s own; choose another',
    )
    await serveApp({ services }, { health: false })
  })

  it('refuses a service of the app under its name in protobuf, and says how to serve that', async () => {
    const services = { mine: defineService(own, { proto }) }
    await expect(serveApp({ services })).rejects.toThrow(
      'grpc: service "mine" is grpc.health.v1.Health in protobuf, which this transport brings itself; set health: false to serve yours',
    )
    const { check } = stockHealth(await serveApp({ services }, { health: false }))
    expect(await check()).toBe('NOT_SERVING')
  })

  it('tells each change once, and listens no longer than its watcher', async () => {
    const hearers = new Set<(ready: boolean) => void>()
    let ready = true
    const turn = (to: boolean): void => {
      ready = to
      for (const hear of hearers) hear(to)
    }
    const described: Description = {
      methods: [],
      find: () => undefined,
      ready: () => ready,
      onReady(hear) {
        hearers.add(hear)
        return () => void hearers.delete(hear)
      },
    }
    const link = memory()
    const app = createApp({ services: { health: healthService(described, ['acme.Users']) } })
    const server = await serve(app, link, { signals: false })
    onTestFinished(() => server.close())
    const contract = { health: defineService({ Watch: rpc.serverStream(Asked, ServingStatus) }) }
    const client = createClient(contract, link)
    onTestFinished(() => client.close())

    const watch = client.health.Watch({ service: 'acme.Users' })
    const nobody = client.health.Watch({ service: 'acme' })
    expect((await watch.next()).value).toEqual({ status: 'SERVING' })
    expect((await nobody.next()).value).toEqual({ status: 'SERVICE_UNKNOWN' })
    expect(hearers.size).toBe(2)
    turn(false)
    expect((await watch.next()).value).toEqual({ status: 'NOT_SERVING' })
    // What is no change is not told.
    const later = watch.next()
    turn(false)
    turn(true)
    expect((await later).value).toEqual({ status: 'SERVING' })
    await Promise.all([watch.return(), nobody.return()])
    await vi.waitFor(() => expect(hearers.size).toBe(0))
  })
})
