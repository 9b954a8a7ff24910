import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { credentials, makeClientConstructor, type ServiceDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { createApp, createClient, rpc, serve } from 'microapi-ts'
import { fromProto } from 'microapi-ts/generate'
import { grpc } from 'microapi-ts/grpc'
import { expect, it, onTestFinished } from 'vitest'
import { servicesOf } from './contract-module.ts'
import { samples } from './samples.ts'

type Unary = (input: unknown, done: (error: Error | null, output: unknown) => void) => unknown

const order = {
  order_id: 'o1',
  status: 'PAID',
  items: [{ sku: 'a', count: 2, price: 0.5, size: 'SIZE_LARGE' }],
  // A StringValue that holds nothing but is there.
  note: {},
  invoice_number: 'i1',
  total_cents: '9007199254740993',
  signature: Buffer.from([0, 255]),
}

/** A file as grpc-js's users load it. */
function load(files: Readonly<Record<string, string>>, service: string): ServiceDefinition {
  const folder = mkdtempSync(path.join(tmpdir(), 'microapi-served-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  const options = { includeDirs: [folder], keepCase: true, longs: String, enums: String }
  return loadSync(Object.keys(files), options)[service] as ServiceDefinition
}

it('the contract of a .proto is served to those who have the .proto, and called by ours', async () => {
  const files = samples['an orders service']!
  const { orderService } = await servicesOf(await fromProto(files))
  // The text is not known when this is compiled: its types are another spec's.
  const echo = (input: unknown): never => input as never
  const app = createApp({
    services: {
      orders: rpc.implement(orderService!, {
        GetOrder: ({ order_id }: { order_id: string }) =>
          echo({
            order_id,
            status: 'PAID',
            items: [{ sku: 'a', count: 2, price: 0.5, size: 'SIZE_LARGE' }],
            note: '',
            invoice_number: 'i1',
            total: 9007199254740993n,
            signature: new Uint8Array([0, 255]),
          }),
        UpdateOrder: ({ order: given, update_mask }: { order: object; update_mask: string[] }) =>
          echo({ ...given, voucher: update_mask.join() }),
        WatchOrders: () => echo([]),
        ImportOrders: () => echo({ imported: 0, refused: {} }),
        Talk: () => echo([]),
        DeleteOrder: () => echo({}),
      } as never),
    },
  })
  const server = await serve(app, grpc({ port: 0 }), { signals: false })
  onTestFinished(() => server.close())
  const port = Number(new URL(server.urls[0]!).port)

  const definition = load(files, 'acme.orders.v1.OrderService')
  const Theirs = makeClientConstructor(definition, 'OrderService')
  const theirs = new Theirs(`127.0.0.1:${port}`, credentials.createInsecure())
  onTestFinished(() => theirs.close())
  const call = (method: string, input: unknown): Promise<unknown> =>
    promisify((theirs[method] as Unary).bind(theirs))(input)
  expect(await call('GetOrder', { order_id: 'o1' })).toEqual(order)
  expect(await call('UpdateOrder', { order, update_mask: { paths: ['a', 'b'] } })).toEqual({
    ...order,
    voucher: 'a,b',
  })
  expect(await call('DeleteOrder', { order_id: 'o1' })).toEqual({})
  await expect(
    call('UpdateOrder', { order: { ...order, status: 77 }, update_mask: { paths: [] } }),
  ).rejects.toThrow(/3 INVALID_ARGUMENT: .*\/order\/status/)

  const client = createClient({ orders: orderService! }, grpc({ port }))
  onTestFinished(() => client.close())
  const ours = await (client as never as { orders: Record<string, (input: object) => Promise<unknown>> })
    .orders['GetOrder']!({ order_id: 'o2' })
  expect(ours).toMatchObject({ order_id: 'o2', total: 9007199254740993n, note: '' })
})
