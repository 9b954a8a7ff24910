import { describe, expect, it, vi } from 'vitest'
import { describeRabbitMq } from '../../brokers/rabbitmq.ts'
import { bare, clientOf, freshQueue, proxyOf, start } from './support.ts'

describeRabbitMq('a lost connection to RabbitMQ', (broker) => {
  describe("of the client's", () => {
    it('fails what is under way UNAVAILABLE, and the next call connects again', async () => {
      const proxy = await proxyOf(broker.url)
      const queue = freshQueue(broker.url)
      const { seen, release } = await start({ url: broker.url, queue })
      const client = clientOf({ url: proxy.url, queue, reconnectMs: 50 }, { retry: false })
      const held = Promise.resolve(client.words.hold({ text: 'held' }))
      const counted = client.words.count({ value: 1_000_000_000 })
      await counted.next()
      await vi.waitFor(() => expect(seen).toEqual(['held']))
      proxy.cut()
      await expect(held).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('was lost'),
      })
      const reading = async (): Promise<void> => {
        for await (const _ of counted);
      }
      await expect(reading()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      release()
      expect(await client.words.echo({ text: 'again' })).toEqual({ text: 'again' })
      expect(await client.words.sum([{ value: 1 }, { value: 2 }])).toEqual({ value: 3 })
    })

    it('repeats what is idempotent, and what never ran', async () => {
      const proxy = await proxyOf(broker.url)
      const queue = freshQueue(broker.url)
      const channel = await bare(broker.url)
      await channel.assertQueue(queue, { durable: true })
      const retry = { attempts: 50, maxTokens: 100 }
      const client = clientOf({ url: proxy.url, queue, reconnectMs: 50 }, { retry })
      const lost = Promise.resolve(client.words.hold({ text: 'lost' }, { timeoutMs: 1_000 }))
      const call = Promise.resolve(client.words.echo({ text: 'a' }))
      await vi.waitFor(async () => expect(await channel.checkQueue(queue)).toMatchObject({ messageCount: 2 }))
      proxy.setOpen(false)
      proxy.cut()
      await expect(lost).rejects.toMatchObject({ code: 'UNAVAILABLE' })
      const unrun = Promise.resolve(client.words.hold({ text: 'b' }))
      unrun.catch(() => {})
      const { seen, release } = await start({ url: broker.url, queue })
      release()
      await vi.waitFor(() => expect(seen).toEqual(['lost', 'a']))
      proxy.setOpen(true)
      expect([await call, await unrun]).toEqual([{ text: 'a' }, { text: 'b' }])
      expect(seen.toSorted()).toEqual(['a', 'a', 'b', 'lost'])
    })
  })

  describe("of the server's", () => {
    it('is recovered with its queues and consumers; what was in hand comes again', async () => {
      const proxy = await proxyOf(broker.url)
      const queue = freshQueue(broker.url)
      const { seen, release, log } = await start({ url: proxy.url, queue, reconnectMs: 50 })
      const client = clientOf({ url: broker.url, queue }, { retry: false })
      const held = Promise.resolve(client.words.hold({ text: 'held' }))
      await vi.waitFor(() => expect(seen).toEqual(['held']))
      proxy.cut()
      release()
      expect(await held).toEqual({ text: 'held' })
      expect(await client.words.echo({ text: 'again' })).toEqual({ text: 'again' })
      expect(log.lines.map(({ level, message }) => [level, message])).toEqual([
        ['warn', 'amqp: the broker is lost; connecting again'],
        ['info', 'amqp: connected again'],
      ])
    })

    it('is tried again until it comes back', async () => {
      const proxy = await proxyOf(broker.url)
      const queue = freshQueue(broker.url)
      const { log } = await start({ url: proxy.url, queue, reconnectMs: 20 })
      const client = clientOf({ url: broker.url, queue })
      proxy.setOpen(false)
      proxy.cut()
      const again = Promise.resolve(client.words.echo({ text: 'again' }))
      await vi.waitFor(() =>
        expect(
          log.lines.filter(({ message }) => message === 'amqp: the broker is still lost').length,
        ).toBeGreaterThan(2),
      )
      proxy.setOpen(true)
      expect(await again).toEqual({ text: 'again' })
    })

    it('leaves one consumer behind, at whatever moment it happens', { timeout: 30_000 }, async () => {
      const proxy = await proxyOf(broker.url)
      const queue = freshQueue(broker.url)
      await start({ url: proxy.url, queue, reconnectMs: 5 })
      const channel = await bare(broker.url)
      const client = clientOf({ url: broker.url, queue })
      for (let ms = 0; ms < 60; ms += 4) {
        proxy.cut()
        await new Promise((resolve) => setTimeout(resolve, ms))
      }
      expect(await client.words.echo({ text: 'a' })).toEqual({ text: 'a' })
      await vi.waitFor(async () =>
        expect(await channel.checkQueue(queue)).toMatchObject({ consumerCount: 1, messageCount: 0 }),
      )
    })

    it('ends its streams at once', async () => {
      const proxy = await proxyOf(broker.url)
      const queue = freshQueue(broker.url)
      const { seen } = await start({ url: proxy.url, queue, reconnectMs: 50 })
      // A heartbeat finds that the queue of the server is gone.
      const client = clientOf({ url: broker.url, queue, leaseMs: 600 }, { retry: false })
      const counted = client.words.double()
      await counted.send({ value: 1 })
      expect(await counted.next()).toEqual({ done: false, value: { value: 2 } })
      proxy.cut()
      await expect(counted.next()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: 'the server of this stream is gone',
      })
      expect(await client.words.echo({ text: 'a' })).toEqual({ text: 'a' })
      expect(seen).toEqual(['a'])
    })

    it('is seen when its queue is deleted, and mended', async () => {
      const queue = freshQueue(broker.url)
      const { log } = await start({ url: broker.url, queue, reconnectMs: 50 })
      await (await bare(broker.url)).deleteQueue(queue)
      await vi.waitFor(() => expect(log.lines.at(-1)?.message).toBe('amqp: connected again'))
      expect(await clientOf({ url: broker.url, queue }).words.echo({ text: 'a' })).toEqual({ text: 'a' })
    })
  })

  it('of a client is noticed by the server within the lease, and its handler is cancelled', async () => {
    const proxy = await proxyOf(broker.url)
    const queue = freshQueue(broker.url)
    const { seen } = await start({ url: broker.url, queue, leaseMs: 600 })
    const client = clientOf({ url: proxy.url, queue }, { retry: false })
    const counted = client.words.count({ value: 1_000_000_000 })
    await counted.next()
    proxy.setOpen(false)
    proxy.cut()
    await vi.waitFor(() => expect(seen).toEqual(['count ended']), 5_000)
    await counted.return()
  })

  it('a stream that nobody takes names the option for Python', async () => {
    const queue = freshQueue(broker.url)
    await (await bare(broker.url)).assertQueue(queue, { durable: true })
    const client = clientOf({ url: broker.url, queue, openTimeoutMs: 100 }, { retry: false })
    await expect(client.words.sum([{ value: 1 }])).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining("amqp({ peer: 'python' })"),
    })
  })
})
