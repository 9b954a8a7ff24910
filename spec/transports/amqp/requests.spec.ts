import { connect, createServer, type AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { amqp } from 'microapi-ts/amqp'
import { createApp, serve } from 'microapi-ts'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { neverRan } from '../../../lib/core/never-ran.ts'
import { describeRabbitMq } from '../../brokers/rabbitmq.ts'
import { certificate } from '../../http2/interop/certificate.ts'
import { ask, bare, clientOf, deleteQueues, freshQueue, pythonRequest, start, tell } from './support.ts'

describeRabbitMq('requests over RabbitMQ', (broker) => {
  it('answers a request of the Python package as that package does', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    await start(options)
    const { content, properties } = await ask(
      await bare(broker.url),
      options.queue,
      pythonRequest('echo', { text: 'a' }),
    )
    expect(content.toString()).toBe(
      `{"type":"response","service":"words","method":"echo","id":"${'a'.repeat(32)}","payload":{"text":"a"},"metadata":{},"error":null,"status_code":0}`,
    )
    expect(properties.correlationId).toBe('a'.repeat(32))
    expect(properties.type).toBeUndefined()
  })

  it('answers a failure with what Python reads, and with ours beside it', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    await start(options)
    const channel = await bare(broker.url)
    const answer = async (method: string, text: string): Promise<unknown> =>
      JSON.parse((await ask(channel, options.queue, pythonRequest(method, { text }))).content.toString())
    expect(await answer('fail', 'gone')).toMatchObject({
      type: 'response',
      payload: null,
      error: 'gone',
      status_code: 5,
      code: 'NOT_FOUND',
      retryable: false,
    })
    expect(await answer('fail', 'BUSY')).toMatchObject({
      error: 'busy',
      status_code: 8,
      reason: 'BUSY',
      details: { left: 3 },
    })
    expect(await answer('missing', 'a')).toMatchObject({ status_code: 12, code: 'UNIMPLEMENTED' })
  })

  it('takes and gives streams as arrays where the caller is Python', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    await start(options)
    const channel = await bare(broker.url)
    const answer = async (method: string, payload: unknown): Promise<unknown> =>
      JSON.parse((await ask(channel, options.queue, pythonRequest(method, payload))).content.toString())
        .payload
    expect(await answer('count', { value: 3 })).toEqual([{ value: 0 }, { value: 1 }, { value: 2 }])
    expect(await answer('sum', [{ value: 1 }, { value: 2 }])).toEqual({ value: 3 })
    expect(await answer('double', [{ value: 1 }, { value: 2 }])).toEqual([{ value: 2 }, { value: 4 }])
    expect(await answer('sum', null)).toEqual({ value: 0 })
  })

  it('answers to the common queue where the caller names none', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    await start(options)
    onTestFinished(() => deleteQueues(broker.url, ['microapi-responses']))
    const channel = await bare(broker.url)
    await channel.assertQueue('microapi-responses', { durable: true })
    const id = options.queue
    const answers: string[] = []
    await channel.consume('microapi-responses', (message) => void answers.push(message!.content.toString()), {
      noAck: true,
    })
    tell(channel, options.queue, pythonRequest('echo', { text: 'a' }, id))
    await vi.waitFor(() => expect(answers.map((text) => JSON.parse(text).id)).toEqual([id]))
  })

  it('declares its queue as Python does: durable, and nothing else', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    await start(options)
    const channel = await bare(broker.url)
    await expect(channel.assertQueue(options.queue, { durable: true })).resolves.toMatchObject({
      consumerCount: 1,
    })
  })

  describe('what is bad is acknowledged, and the consumer goes on', () => {
    const bad: readonly [what: string, body: string | object, properties?: object][] = [
      ['no JSON', 'hello'],
      ['JSON that is no envelope', '[1,2]'],
      ['an envelope without a type', { service: 'words' }],
      ['an answer that has lost its way', { type: 'response', id: 'x' }],
      ['a type of a later version', { type: 'tomorrow', id: 'x' }],
      [
        'a queue for answers that does not exist',
        pythonRequest('echo', { text: 'a' }),
        { replyTo: 'nowhere' },
      ],
      [
        'a forged direct reply address',
        pythonRequest('echo', { text: 'a' }),
        { replyTo: 'amq.rabbitmq.reply-to.forged' },
      ],
      ['a stream for nobody', { type: 'open', service: 'words', method: 'count', id: 'x' }],
    ]
    it.each(bad)('%s', async (_, body, properties) => {
      const options = { url: broker.url, queue: freshQueue(broker.url), prefetch: 1 }
      await start(options)
      const channel = await bare(broker.url)
      onTestFinished(() => deleteQueues(broker.url, ['microapi-responses']))
      tell(channel, options.queue, body, properties)
      // With a prefetch of one nothing comes behind what is not acknowledged.
      const answer = await ask(channel, options.queue, pythonRequest('echo', { text: 'next' }))
      expect(JSON.parse(answer.content.toString())).toMatchObject({ payload: { text: 'next' } })
    })

    it('bytes that are no UTF-8, which the log names', async () => {
      const options = { url: broker.url, queue: freshQueue(broker.url), prefetch: 1 }
      const { log } = await start(options)
      const channel = await bare(broker.url)
      channel.sendToQueue(options.queue, Buffer.from([0x7b, 0xff, 0x7d]))
      await ask(channel, options.queue, pythonRequest('echo', { text: 'next' }))
      expect(log.lines).toEqual([
        { level: 'warn', details: { bytes: 3 }, message: 'amqp: dropped a message that is no envelope' },
      ])
    })
  })

  it('answers one that is too large, by its correlation id where it is not even read', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url), maxMessageBytes: 1_000 }
    await start(options)
    const channel = await bare(broker.url)
    const answer = async (length: number): Promise<unknown> => {
      const request = pythonRequest('echo', { text: 'x'.repeat(length) }, 'the-id')
      return JSON.parse(
        (await ask(channel, options.queue, request, { correlationId: 'the-id' })).content.toString(),
      )
    }
    for (const length of [1_001, 100_000])
      expect(await answer(length)).toMatchObject({
        id: 'the-id',
        code: 'RESOURCE_EXHAUSTED',
        reason: 'TOO_LARGE',
      })
  })

  it('answers an id that AMQP cannot carry', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    await start(options)
    const id = 'ü'.repeat(500)
    const { content, properties } = await ask(
      await bare(broker.url),
      options.queue,
      pythonRequest('echo', { text: 'a' }, id),
    )
    expect(JSON.parse(content.toString())).toMatchObject({ id, payload: { text: 'a' } })
    expect(properties.correlationId).toBeUndefined()
  })

  it('does not run what has expired on its way', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url), prefetch: 1 }
    const { seen } = await start(options)
    const channel = await bare(broker.url)
    tell(channel, options.queue, pythonRequest('echo', { text: 'late' }), {
      headers: { deadline: Date.now() - 1 },
    })
    tell(channel, options.queue, {
      ...pythonRequest('echo', { text: 'later' }),
      metadata: { 'timeout-ms': '0' },
    })
    await ask(channel, options.queue, pythonRequest('echo', { text: 'next' }))
    expect(seen).toEqual(['next'])
  })

  it('takes a request from the queue when its deadline has passed', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    const channel = await bare(broker.url)
    await channel.assertQueue(options.queue, { durable: true })
    const client = clientOf(options)
    await expect(client.words.echo({ text: 'a' }, { timeoutMs: 200 })).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    })
    await vi.waitFor(async () =>
      expect(await channel.checkQueue(options.queue)).toMatchObject({ messageCount: 0 }),
    )
  })

  it('fails at once, unrun, where no queue is', async () => {
    const queue = freshQueue(broker.url)
    const client = clientOf({ url: broker.url, queue }, { retry: false })
    const fails = async (): Promise<unknown> =>
      client.words.echo({ text: 'a' }).catch((error: unknown) => error)
    await fails()
    const began = performance.now()
    const error = await fails()
    expect(performance.now() - began).toBeLessThan(100)
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(`"${queue}"`) })
    expect(neverRan(error as never)).toBe(true)
    await expect(client.words.count({ value: 1 }).next()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('drops answers that nobody waits for', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    const channel = await bare(broker.url)
    await channel.assertQueue(options.queue, { durable: true })
    await channel.consume(
      options.queue,
      (message) => {
        const { replyTo } = message!.properties
        const { id } = JSON.parse(message!.content.toString())
        for (const body of ['no envelope', { type: 'response', id: 'another' }, { type: 'tomorrow' }])
          tell(channel, replyTo, body)
        tell(channel, replyTo, { type: 'response', id, payload: { text: 'right' } })
        tell(channel, replyTo, { type: 'response', id, payload: { text: 'again' } })
      },
      { noAck: true },
    )
    const client = clientOf(options)
    expect(await client.words.echo({ text: 'a' })).toEqual({ text: 'right' })
    expect(await client.words.echo({ text: 'b' })).toEqual({ text: 'right' })
  })

  it.each(['service', 'method'] as const)('has a queue for each %s where it is told to', async (queuePer) => {
    const queue = freshQueue(broker.url)
    const options = { url: broker.url, queue, queuePer }
    const { server } = await start(options)
    expect(server.urls[0]).toMatch(new RegExp(`\\?queue=${queue}&queuePer=${queuePer}$`))
    const names = queuePer === 'service' ? ['words', 'other'] : ['words.echo', 'other.echo']
    const rest =
      queuePer === 'service' ? [] : ['hold', 'fail', 'count', 'sum', 'double'].map((one) => `words.${one}`)
    const all = [...names, ...rest].map((name) => `${queue}.${name}`)
    onTestFinished(() => deleteQueues(broker.url, all))
    const channel = await bare(broker.url)
    for (const name of names)
      expect(await channel.checkQueue(`${queue}.${name}`)).toMatchObject({ consumerCount: 1 })
    const client = clientOf(options)
    expect(await client.words.echo({ text: 'a' })).toEqual({ text: 'a' })
    expect(await client.other.echo({ text: 'b' })).toEqual({ text: 'b' })
    const items: unknown[] = []
    for await (const item of client.words.count({ value: 2 })) items.push(item)
    expect(items).toEqual([{ value: 0 }, { value: 1 }])
  })

  it('takes what has priority first', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url), maxPriority: 5, prefetch: 1 }
    const channel = await bare(broker.url)
    await channel.assertQueue(options.queue, { durable: true, maxPriority: 5 })
    const client = clientOf({ ...options, priority: ({ input }) => Number((input as { text: string }).text) })
    const calls = ['1', '5', '3'].map((text) => Promise.resolve(client.words.echo({ text })))
    await vi.waitFor(async () =>
      expect(await channel.checkQueue(options.queue)).toMatchObject({ messageCount: 3 }),
    )
    const { seen } = await start(options)
    await Promise.all(calls)
    expect(seen).toEqual(['5', '3', '1'])
  })

  it('declares a replicated queue, and where refused requests go, when it is told to', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    await start({ ...options, quorum: true, deadLetterExchange: 'amq.fanout' })
    const channel = await bare(broker.url)
    await expect(
      channel.assertQueue(options.queue, {
        durable: true,
        deadLetterExchange: 'amq.fanout',
        arguments: { 'x-queue-type': 'quorum' },
      }),
    ).resolves.toMatchObject({ consumerCount: 1 })
    expect(await clientOf(options).words.echo({ text: 'a' })).toEqual({ text: 'a' })
  })

  it('calls by a queue of its own in place of direct reply-to', async () => {
    const options = { url: broker.url, queue: freshQueue(broker.url) }
    const { seen } = await start(options)
    const client = clientOf({ ...options, replies: 'queue' })
    expect(await client.words.echo({ text: 'a' })).toEqual({ text: 'a' })
    expect(await client.words.sum([{ value: 1 }, { value: 2 }])).toEqual({ value: 3 })
    for await (const { value } of client.words.count({ value: 1_000_000 })) if (value === 5_000) break
    await vi.waitFor(() => expect(seen).toEqual(['a', 'count ended']))
  })
})

describeRabbitMq('what RabbitMQ refuses', (broker) => {
  const app = createApp({ services: {} })

  it('is told where the queue was declared otherwise, with the difference', async () => {
    const queue = freshQueue(broker.url)
    const channel = await bare(broker.url)
    await channel.assertQueue(queue, { durable: false })
    await expect(serve(app, amqp({ url: broker.url, queue }), { signals: false })).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: `queue "${queue}" exists already and was declared otherwise: durable, received 'true' but current is 'false'. Declare it as it is there, delete it, or use another name (queue)`,
    })
    await channel.deleteQueue(queue)
    await channel.assertQueue(queue, { durable: true })
    await expect(
      serve(app, amqp({ url: broker.url, queue, maxPriority: 5 }), { signals: false }),
    ).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining('x-max-priority, received '),
    })
  })

  it('is UNAUTHENTICATED where it does not know us, on both sides', async () => {
    const url = broker.url.replace(/\/\/([^@]*@)?/, '//nobody:wrong@')
    const client = clientOf({ url, queue: freshQueue(broker.url) }, { retry: false })
    await expect(client.words.echo({ text: 'a' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.not.stringContaining('wrong'),
    })
    await expect(serve(app, amqp({ url }), { signals: false })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
  })

  it('is PERMISSION_DENIED where the virtual host is none of ours', async () => {
    const client = clientOf({ url: `${broker.url.replace(/\/$/, '')}/nowhere` }, { retry: false })
    await expect(client.words.echo({ text: 'a' })).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining('nowhere'),
    })
  })
})

describeRabbitMq('RabbitMQ over TLS', (broker) => {
  const behindTls = async (): Promise<string> => {
    const { hostname, port } = new URL(broker.url)
    const server = createTlsServer(certificate(), (socket) => {
      const onward = connect(Number(port || 5672), hostname)
      socket.pipe(onward).pipe(socket)
      for (const one of [socket, onward]) one.on('error', () => {})
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    return `amqps://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it('serves and calls where the certificate is trusted, and not elsewhere', async () => {
    const url = await behindTls()
    const queue = freshQueue(broker.url)
    const trusting = { url, queue, tls: { ca: certificate().cert } }
    await start(trusting)
    expect(await clientOf(trusting).words.echo({ text: 'a' })).toEqual({ text: 'a' })
    await expect(clientOf({ url, queue }, { retry: false }).words.echo({ text: 'a' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('self-signed certificate'),
    })
  })
})

describe('a broker', () => {
  it('that accepts and never answers is given up', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}).resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void silent.close())
    const url = `amqp://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const client = clientOf({ url, connectTimeoutMs: 100 }, { retry: false })
    const error = await client.words.echo({ text: 'a' }).then(undefined, (thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'UNAVAILABLE' })
    expect(neverRan(error as never)).toBe(true)
  })

  it('that is not there is UNAVAILABLE, on both sides', async () => {
    const gone = createServer()
    await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve))
    const url = `amqp://127.0.0.1:${(gone.address() as AddressInfo).port}`
    await new Promise((resolve) => gone.close(resolve))
    await expect(serve(createApp({ services: {} }), amqp({ url }), { signals: false })).rejects.toMatchObject(
      {
        code: 'UNAVAILABLE',
      },
    )
    const error = await clientOf({ url }, { retry: false })
      .words.echo({ text: 'a' })
      .then(undefined, (thrown: unknown) => thrown)
    expect(neverRan(error as never)).toBe(true)
  })
})
