import { randomBytes } from 'node:crypto'
import { Type } from '@sinclair/typebox'
import type { ConsumeMessage } from 'amqplib'
import { createApp, createClient, defineService, rpc, RpcError, serve } from 'microapi-ts'
import { amqp, type AmqpOptions } from 'microapi-ts/amqp'
import { recordingLog } from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { describeRabbitMq } from '../../brokers/rabbitmq.ts'
import { bare, deleteQueues, freshQueue } from './support.ts'

const Order = Type.Object({ id: Type.Integer() })
const retry = { attempts: 3, backoff: { initialMs: 20, factor: 2 } }

const contract = {
  orders: defineService({
    placed: rpc.event(Order, { retry }),
    shipped: rpc.event(Order, { fanout: true, retry }),
    check: rpc.unary(Order, Order, { retry, deadLetter: true }),
  }),
}

describeRabbitMq('events over RabbitMQ', (broker) => {
  /** Names that no other spec uses; all that they lead to is deleted behind the test. */
  const fresh = () => {
    const queue = freshQueue(broker.url)
    const eventExchange = `spec-events-${randomBytes(6).toString('hex')}`
    const options = { url: broker.url, queue, eventExchange }
    const placed = `${eventExchange}.orders.placed`
    const shipped = `${eventExchange}.orders.shipped.${queue}`
    const pauses = ['retry.20', 'retry.40', 'dead']
    onTestFinished(async () => {
      const all = [placed, shipped, queue].flatMap((name) => [name, ...pauses.map((end) => `${name}.${end}`)])
      await deleteQueues(broker.url, all, [eventExchange])
    })
    return { options, placed, shipped }
  }
  /** Serves the contract; `fail` throws what a handler is to fail with. */
  const start = async (options: AmqpOptions, fail: (id: number) => void = () => {}) => {
    const seen: number[] = []
    const handle = ({ id }: { id: number }): { id: number } => {
      seen.push(id)
      fail(id)
      return { id }
    }
    const log = recordingLog()
    const app = createApp({
      log,
      services: {
        orders: rpc.implement(contract.orders, {
          placed: (order) => void handle(order),
          shipped: (order) => void handle(order),
          check: handle,
        }),
      },
    })
    const server = await serve(app, amqp({ ...options, log }), { signals: false })
    onTestFinished(() => server.close())
    return { server, seen, log }
  }
  const clientOf = (options: AmqpOptions) => {
    const client = createClient(contract, amqp(options))
    onTestFinished(() => client.close())
    return client
  }
  const takeOne = async (queue: string): Promise<ConsumeMessage> => {
    const channel = await bare(broker.url)
    await channel.assertQueue(queue, { durable: true })
    return new Promise((resolve) => {
      void channel.consume(queue, (message) => message && resolve(message), { noAck: true })
    })
  }

  it('are published when the broker has them, and handled', async () => {
    const { options } = fresh()
    const { seen } = await start(options)
    const client = clientOf(options)
    expect(await client.orders.placed.publish({ id: 1 })).toBeUndefined()
    await client.orders.shipped.publish({ id: 2 })
    await vi.waitFor(() => expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2]))
  })

  it('that nobody has ever asked for are refused, and never ran', async () => {
    const { options, placed } = fresh()
    const client = clientOf(options)
    await expect(client.orders.placed.publish({ id: 1 })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'nobody handles it: no server has ever asked the broker for the event "orders.placed"',
    })
    const { seen, server } = await start(options)
    await client.orders.placed.publish({ id: 2 })
    await vi.waitFor(() => expect(seen).toEqual([2]))
    await server.close()
    // Nobody is there, but it is asked for: it waits.
    await client.orders.placed.publish({ id: 3 })
    const channel = await bare(broker.url)
    expect(await channel.checkQueue(placed)).toMatchObject({ messageCount: 1, consumerCount: 0 })
    const later = await start(options)
    await vi.waitFor(() => expect(later.seen).toEqual([3]))
  })

  it('survive a restart of the broker: they are persistent, and so are their queues', async () => {
    const { options, placed } = fresh()
    await (await start(options)).server.close()
    await clientOf(options).orders.placed.publish({ id: 1 })
    const { fields, properties, content } = await takeOne(placed)
    expect(fields).toMatchObject({ exchange: options.eventExchange, routingKey: 'orders.placed' })
    expect(properties).toMatchObject({ deliveryMode: 2, type: 'microapi.v1.event' })
    expect(properties.expiration).toBeUndefined()
    expect(JSON.parse(content.toString())).toMatchObject({
      type: 'request',
      service: 'orders',
      method: 'placed',
      payload: { id: 1 },
      metadata: {},
    })
  })

  it('from anybody who writes the envelope are handled like ours', async () => {
    const { options } = fresh()
    const { seen } = await start(options)
    const channel = await bare(broker.url)
    const body = { type: 'request', service: 'orders', method: 'placed', payload: { id: 7 } }
    channel.publish(options.eventExchange, 'orders.placed', Buffer.from(JSON.stringify(body)))
    await vi.waitFor(() => expect(seen).toEqual([7]))
  })

  it('need an exchange of the right type: another is named with what differs', async () => {
    const { options } = fresh()
    const channel = await bare(broker.url)
    await channel.assertExchange(options.eventExchange, 'fanout', { durable: true })
    const difference = expect.stringContaining(
      `"${options.eventExchange}" exists already and was declared otherwise`,
    )
    const failure = { code: 'FAILED_PRECONDITION', message: difference }
    await expect(clientOf(options).orders.placed.publish({ id: 1 })).rejects.toMatchObject(failure)
    await expect(start(options)).rejects.toMatchObject(failure)
  })

  describe('that fail', () => {
    it('come again behind growing pauses, and then are dead letters that say why and where from', async () => {
      const { options, placed } = fresh()
      const { seen } = await start(options, () => {
        throw new Error('poison')
      })
      await clientOf(options).orders.placed.publish({ id: 1 }, { metadata: { tenant: 'a' } })
      const { properties, content } = await takeOne(`${placed}.dead`)
      expect(seen).toEqual([1, 1, 1])
      const { headers = {} } = properties
      expect(JSON.parse(String(headers['microapi-error']))).toEqual({
        code: 'INTERNAL',
        message: 'internal error',
      })
      expect(headers).toMatchObject({
        'microapi-attempts': 3,
        'microapi-queue': placed,
        'microapi-exchange': options.eventExchange,
        'microapi-routing-key': 'orders.placed',
      })
      expect(Math.abs(Date.now() - Number(headers['microapi-failed-at']))).toBeLessThan(60_000)
      expect(JSON.parse(content.toString())).toMatchObject({ payload: { id: 1 }, metadata: { tenant: 'a' } })
      // Each pause has a queue; nothing is left in any.
      const channel = await bare(broker.url)
      for (const queue of [placed, `${placed}.retry.20`, `${placed}.retry.40`])
        expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 0 })
    })

    it('by what the caller did are dead letters at once', async () => {
      const { options, placed } = fresh()
      const { seen } = await start(options, () => {
        throw new RpcError('NOT_FOUND', 'no such order')
      })
      await clientOf(options).orders.placed.publish({ id: 1 })
      const { properties } = await takeOne(`${placed}.dead`)
      expect(seen).toEqual([1])
      expect(properties.headers).toMatchObject({ 'microapi-attempts': 1 })
    })

    it('with more to tell than a header takes are dead letters that tell the most of it', async () => {
      const { options, placed } = fresh()
      const { seen } = await start(options, () => {
        // More than RabbitMQ takes of all headers together.
        const text = 'ü'.repeat(200_000)
        throw new RpcError('NOT_FOUND', `no such order${text}`, { reason: `GONE${text}`, details: { text } })
      })
      await clientOf(options).orders.placed.publish({ id: 1 })
      const { properties } = await takeOne(`${placed}.dead`)
      const error = JSON.parse(String(properties.headers?.['microapi-error'])) as Record<string, string>
      expect(Object.keys(error)).toEqual(['code', 'message', 'reason'])
      expect(error['message']).toMatch(/^no such orderü{987}$/)
      expect(error['reason']).toMatch(/^GONEü{996}$/)
      expect(seen).toEqual([1])
    })

    it.each([
      'no envelope',
      '{"type":"request","service":"orders","method":"check","payload":{"id":1}}',
      '{}',
    ])('before any handler are dead letters too: %s', async (body) => {
      const { options, placed } = fresh()
      const { seen } = await start(options)
      const channel = await bare(broker.url)
      channel.publish(options.eventExchange, 'orders.placed', Buffer.from(body))
      const { properties, content } = await takeOne(`${placed}.dead`)
      expect(content.toString()).toBe(body)
      expect(JSON.parse(String(properties.headers?.['microapi-error']))).toMatchObject({
        code: 'INVALID_ARGUMENT',
      })
      expect(seen).toEqual([])
    })

    it('stay where they are while they cannot be moved', async () => {
      const { options, placed } = fresh()
      const channel = await bare(broker.url)
      await channel.assertQueue(`${placed}.dead`, { durable: true, arguments: { 'x-max-length': 5 } })
      const { log } = await start(options, () => {
        throw new RpcError('NOT_FOUND', 'no such order')
      })
      await clientOf(options).orders.placed.publish({ id: 1 })
      await vi.waitFor(() =>
        expect(log.lines).toContainEqual(
          expect.objectContaining({
            message: 'amqp: a failed message could not be moved; it stays in its queue',
          }),
        ),
      )
      await channel.deleteQueue(`${placed}.dead`)
      const { properties } = await takeOne(`${placed}.dead`)
      expect(properties.headers).toMatchObject({ 'microapi-attempts': 1 })
    })

    it('with the server, over and over, end as dead letters where the queues count that (quorum)', async () => {
      const { options, placed } = fresh()
      const quorum = { ...options, quorum: true }
      await (await start(quorum)).server.close()
      await clientOf(quorum).orders.placed.publish({ id: 1 })
      // A server that takes it and is gone, three times.
      for (let lost = 0; lost < 3; lost++) {
        const channel = await bare(broker.url)
        await new Promise<void>((resolve) => {
          void channel.consume(placed, () => resolve())
        })
        await channel.close()
      }
      const { seen } = await start(quorum)
      const channel = await bare(broker.url)
      const dead = await vi.waitFor(async () => {
        const message = await channel.get(`${placed}.dead`, { noAck: true })
        if (!message) throw new Error('not yet')
        return message
      })
      expect(JSON.parse(String(dead.properties.headers?.['microapi-error']))).toMatchObject({
        code: 'ABORTED',
        message: 'it was handled 3 times, and the server was lost with it at least once',
      })
      expect(seen).toEqual([])
    })
  })

  describe('and calls with a policy', () => {
    it('are tried again while their caller waits, and answered in the end', async () => {
      const { options } = fresh()
      let times = 0
      const { seen } = await start(options, () => {
        if (++times < 3) throw new Error('not yet')
      })
      expect(await clientOf(options).orders.check({ id: 5 })).toEqual({ id: 5 })
      expect(seen).toEqual([5, 5, 5])
    })

    it('that go on failing are answered, and dead letters', async () => {
      const { options } = fresh()
      const { seen } = await start(options, () => {
        throw new RpcError('UNAVAILABLE', 'the stock is closed')
      })
      const failure = { code: 'UNAVAILABLE', message: 'the stock is closed' }
      await expect(clientOf(options).orders.check({ id: 5 })).rejects.toMatchObject(failure)
      expect(seen).toEqual([5, 5, 5])
      const { properties } = await takeOne(`${options.queue}.dead`)
      expect(JSON.parse(String(properties.headers?.['microapi-error']))).toMatchObject(failure)
      expect(properties.headers).toMatchObject({ 'microapi-attempts': 3, 'microapi-queue': options.queue })
    })
  })
})
