import {
  createApp,
  createClient,
  defineService,
  Empty,
  rpc,
  RpcError,
  serve,
  type Middleware,
} from 'microapi-ts'
import { createMemoryBroker } from 'microapi-ts/testing'
import { expect, it, onTestFinished } from 'vitest'

it('what a server is served with wraps every call, those that nobody serves and the app refuses too', async () => {
  const seen: string[] = []
  const named = (name: string): Middleware => {
    return async (call, next) => {
      call.lifetime.onFinish((error) =>
        seen.push(`${name} ${call.method} ${(error as RpcError | undefined)?.code ?? 'OK'}`),
      )
      return next(call)
    }
  }
  const refusing: Middleware = async (call, next) => {
    if (call.method === 'secret') throw new RpcError('PERMISSION_DENIED', 'no')
    return next(call)
  }
  const one = defineService({
    open: rpc.unary(Empty, Empty, () => ({})),
    secret: rpc.unary(Empty, Empty, () => ({})),
  })
  const broker = createMemoryBroker()
  const app = createApp({ services: { one }, use: [refusing] })
  const use = [named('outer'), named('inner')]
  const server = await serve(app, broker.transport(), { signals: false, use })
  onTestFinished(() => server.close())
  await using client = createClient<typeof app>(broker.transport())
  await client.one.open()
  await expect(client.one.secret()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' })
  const unknown = client.one as unknown as { nothing(input: object): Promise<unknown> }
  await expect(unknown.nothing({})).rejects.toMatchObject({ code: 'UNIMPLEMENTED' })
  expect(seen).toEqual([
    'outer open OK',
    'inner open OK',
    'outer secret PERMISSION_DENIED',
    'inner secret PERMISSION_DENIED',
    'outer nothing UNIMPLEMENTED',
    'inner nothing UNIMPLEMENTED',
  ])
})
