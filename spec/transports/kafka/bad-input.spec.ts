import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createApp, serve } from 'microapi-ts'
import { kafka } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { neverRan } from '../../../lib/core/never-ran.ts'
import { describeKafka } from '../../brokers/kafka.ts'
import { adminOf, patient, producerOf } from './intake-support.ts'
import { recordsOf, type TopicRecord } from './topic-records.ts'
import { freshOptions, pythonRequest, startWords, wordsClient } from './words-app.ts'

/** What a busy machine may take for a case. */
const slow = { timeout: 60_000 }

/** And for a call. */
const ample = { timeoutMs: 50_000 }

/** What is written to a topic; a text is a value. */
type Bad = string | object | Buffer | null

const encode = (value: Bad): string | Buffer | null =>
  value === null || typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value)

describeKafka('bad input over Kafka', (cluster) => {
  /** A server with one partition for each of its topics, and the bare library beside it. */
  async function startAt(more: Parameters<typeof kafka>[0] = {}) {
    const options = { ...freshOptions(cluster.brokers), ...more }
    const { topic, groupId } = options
    const { server, seen, log } = await startWords(options)
    const [admin, producer] = [await adminOf(cluster.brokers), await producerOf(cluster.brokers)]
    const tell = async (
      value: Bad,
      headers: Readonly<Record<string, string>> = {},
      to: string = topic,
    ): Promise<void> =>
      void (await producer.send({
        topic: to,
        messages: [{ value: encode(value), headers: { ...headers }, partition: 0 }],
      }))
    const end = async (of: string): Promise<number> => Number((await admin.fetchTopicOffsets(of))[0]!.high)
    return {
      options,
      server,
      seen,
      log,
      tell,
      end,
      records: (of: string): Promise<TopicRecord[]> => recordsOf(cluster.brokers, of),
      /** Waits until the group has committed all that the topic holds. */
      async allCommitted(what: string, of = topic, by = groupId): Promise<void> {
        const high = await end(of)
        await vi.waitFor(async () => {
          const [found] = await admin.fetchOffsets({ groupId: by, topics: [of] })
          expect([what, Number(found!.partitions[0]!.offset)]).toEqual([what, high])
        }, patient)
      },
    }
  }
  type Started = Awaited<ReturnType<typeof startAt>>

  /** All of it is committed, and what stands behind each is answered; nothing is written where requests are read. */
  async function goesOn(
    { options, seen, tell, allCommitted, end }: Started,
    bad: readonly (readonly [what: string, value: Bad, headers?: Readonly<Record<string, string>>])[],
  ): Promise<void> {
    const client = wordsClient(options)
    for (const [at, [what, value, headers]] of bad.entries()) {
      const before = seen.length
      await tell(value, headers)
      const text = `next ${at}`
      expect([what, await client.words.echo({ text }, ample)]).toEqual([what, { text }])
      expect([what, ...seen.slice(before)]).toContain(text)
      await allCommitted(what)
    }
    expect(await end(options.topic)).toBe(2 * bad.length)
  }

  it('what is no request is committed, and the partition goes on', slow, async () => {
    const started = await startAt()
    await goesOn(started, [
      ['no JSON', 'hello'],
      ['JSON that is no envelope', [1, 2]],
      ['an envelope without a type', { service: 'words' }],
      ['an answer that has lost its way', { type: 'response', id: 'x' }],
      ['a type of a later version', { type: 'tomorrow', id: 'x' }],
      ['nothing at all', ''],
      ['a tombstone', null],
      ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ])
    const dropped = started.log.lines.filter(({ message }) => message.includes('no envelope'))
    expect(dropped).toHaveLength(6)
  })

  it(
    'an unknown method is UNIMPLEMENTED, a wrong payload INVALID_ARGUMENT, and both are committed',
    slow,
    async () => {
      const { options, tell, allCommitted, records } = await startAt()
      const replies = `${options.topic}-python`
      const admin = await adminOf(cluster.brokers)
      await admin.createTopics({ topics: [{ topic: replies, numPartitions: 1 }] })
      const metadata = { reply_topic: replies }
      await tell({ ...pythonRequest('missing', {}, 'a'), metadata })
      await tell({ ...pythonRequest('echo', {}, 'b'), service: 'nowhere', metadata })
      await tell({ ...pythonRequest('echo', { text: 1 }, 'c'), metadata })
      await tell({ ...pythonRequest('echo', { text: 'next' }, 'd'), metadata })
      await allCommitted('all')
      const answers = (await records(replies)).map(({ value }) => JSON.parse(value) as { id: string })
      expect(answers.toSorted((one, other) => one.id.localeCompare(other.id))).toMatchObject([
        { id: 'a', code: 'UNIMPLEMENTED', status_code: 12 },
        { id: 'b', code: 'UNIMPLEMENTED', status_code: 12 },
        { id: 'c', code: 'INVALID_ARGUMENT', reason: 'VALIDATION' },
        { id: 'd', payload: { text: 'next' }, status_code: 0 },
      ])
    },
  )

  it('an answer that is asked for where it may not go is dropped, which the log says', slow, async () => {
    const started = await startAt()
    const { topic, replyTopic } = started.options
    const request = pythonRequest('echo', { text: 'forged' })
    const ours = { 'microapi-call': 'v1 x' }
    const replyTo = (address: string) => ({ ...ours, 'microapi-reply-to': address })
    const named = (reply_topic: string) => ({ ...request, metadata: { reply_topic } })
    const forged: readonly (readonly [string, Bad, Readonly<Record<string, string>>?])[] = [
      ['the topic of its own requests', request, replyTo(`${topic}/0/me`)],
      ['the same, as Python names it', named(topic)],
      ['a partition that does not exist', request, replyTo(`${replyTopic}/999/me`)],
      ['a topic that does not exist', request, replyTo(`${topic}-nowhere/0/me`)],
      ['the same, as Python names it', named(`${topic}-nowhere`)],
      ['offsets of all groups', request, replyTo('__consumer_offsets/0/me')],
      ['the same, as Python names it', named('__consumer_offsets')],
      ['what is no name of a topic', named('no topic!/../')],
    ]
    await goesOn(started, forged)
    const count = started.seen.filter((text) => text === 'forged').length
    expect(count).toBe(forged.length)
    const dropped = started.log.lines.filter(({ message }) => message.includes('dropped an answer'))
    expect(dropped).toHaveLength(forged.length)
    for (const { level } of dropped) expect(level).toBe('warn')
  })

  it('an address that is none, and headers of nonsense, harm nobody', slow, async () => {
    const started = await startAt()
    const request = pythonRequest('echo', { text: 'forged' })
    const python = { ...request, metadata: { reply_topic: started.options.replyTopic } }
    await goesOn(started, [
      ['no address', python, { 'microapi-reply-to': 'nobody' }],
      ['too many parts', python, { 'microapi-reply-to': 'a/0/b/c' }],
      ['no number', python, { 'microapi-reply-to': 'a/minus one/b' }],
      ['a deadline that is none', python, { 'microapi-call': 'v1 x soon' }],
      ['a call of a later version', python, { 'microapi-call': 'v2 x' }],
      ['attempts without end', python, { 'microapi-attempts': '999999999999999' }],
      ['an attempt that is none', python, { 'microapi-attempts': '-1' }],
      ['a time that is not to come for years', python, { 'microapi-due': '999999999999999' }],
      ['a stream for nobody', { ...request, type: 'open', method: 'count' }],
    ])
    expect(started.seen.filter((text) => text === 'forged')).toHaveLength(8)
  })

  it('a session whose answers are to go where requests are read is never begun', slow, async () => {
    const { options, server, tell, records, end } = await startAt()
    const { topic, replyTopic } = options
    const ours = { 'microapi-call': 'v1 x' }
    const opening = { ...pythonRequest('count', null, 'x'), type: 'open' }
    await tell(opening, { ...ours, 'microapi-reply-to': `${replyTopic}/0/spy` })
    // Whoever may call learns where the server reads.
    const queue = await vi.waitFor(async () => {
      const offer = (await records(replyTopic)).find(({ value }) => value.includes('"queue"'))
      return (JSON.parse(offer!.value) as { payload: { queue: string } }).payload.queue
    }, patient)
    const [, , name = ''] = queue.split('/')
    const forged = (session: string, to: string): Promise<void> =>
      tell(
        pythonRequest('count', { value: 3 }, session),
        {
          'microapi-type': 'microapi.v1.session',
          'microapi-to': name,
          'microapi-id': session,
          'microapi-number': '0',
          'microapi-reply-to': to,
        },
        replyTopic,
      )
    await forged('forged', `${topic}/0/me`)
    await forged('forged-too', `__consumer_offsets/0/me`)
    await forged('right', `${replyTopic}/0/spy`)
    await vi.waitFor(async () => {
      const told = (await records(replyTopic)).filter(({ value }) => value.includes('stream_end'))
      expect(told).toHaveLength(1)
    }, patient)
    // It takes leave of every session that it has.
    await server.close()
    expect(await end(topic)).toBe(1)
  })

  it('what has expired is not run, and committed', slow, async () => {
    const { seen, tell, allCommitted } = await startAt()
    await tell(pythonRequest('echo', { text: 'late' }), { 'microapi-call': `v1 late ${Date.now() - 1}` })
    await tell({ ...pythonRequest('echo', { text: 'later' }), metadata: { 'timeout-ms': '0' } })
    await tell(pythonRequest('echo', { text: 'next' }))
    await allCommitted('all')
    expect(seen).toEqual(['next'])
  })

  it(
    'a value above our limit is RESOURCE_EXHAUSTED before it is sent, and where it comes all the same',
    slow,
    async () => {
      const { options, tell, allCommitted, records, end } = await startAt()
      const { topic, replyTopic } = options
      const client = wordsClient(options)
      const text = 'x'.repeat(900_001)
      await expect(client.words.echo({ text })).rejects.toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
        reason: 'TOO_LARGE',
      })
      expect(await end(topic)).toBe(0)
      const headers = { 'microapi-reply-to': `${replyTopic}/0/spy` }
      await tell(pythonRequest('echo', { text }, 'read'), { ...headers, 'microapi-call': 'v1 read' })
      // One that is not even read is known by its header.
      const longer = 'x'.repeat(1_000_000)
      await tell(pythonRequest('echo', { text: longer }, 'unread'), {
        ...headers,
        'microapi-call': 'v1 unread',
      })
      expect(await client.words.echo({ text: 'next' }, ample)).toEqual({ text: 'next' })
      await allCommitted('all')
      const answers = (await records(replyTopic)).map(({ value }) => JSON.parse(value) as object)
      for (const id of ['read', 'unread'])
        expect(answers).toContainEqual(
          expect.objectContaining({ id, code: 'RESOURCE_EXHAUSTED', reason: 'TOO_LARGE' }),
        )
    },
  )

  describe('a value above the limit of the broker, where ours is higher', () => {
    const higher = { maxMessageBytes: 3_000_000 }
    const large = { code: 'RESOURCE_EXHAUSTED', message: expect.stringContaining('max.message.bytes') }

    it('is RESOURCE_EXHAUSTED as a request and as an event, and never ran', slow, async () => {
      const { options, seen } = await startAt(higher)
      const client = wordsClient({ ...options, ...higher })
      const text = 'x'.repeat(1_100_000)
      const error: unknown = await client.words.echo({ text }, ample).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject(large)
      expect(neverRan(error as never)).toBe(true)
      await expect(client.words.heard.publish({ text })).rejects.toMatchObject(large)
      expect(await client.words.echo({ text: 'next' }, ample)).toEqual({ text: 'next' })
      expect(seen).toEqual(['next'])
    })

    it('is RESOURCE_EXHAUSTED as an answer, and committed', slow, async () => {
      const { options, allCommitted } = await startAt(higher)
      const client = wordsClient({ ...options, ...higher })
      await expect(client.words.long({ value: 1_100_000 }, { timeoutMs: 30_000 })).rejects.toMatchObject({
        code: 'RESOURCE_EXHAUSTED',
      })
      expect(await client.words.echo({ text: 'next' }, ample)).toEqual({ text: 'next' })
      await allCommitted('all')
    })

    it('as a dead letter it is told of without its value', slow, async () => {
      const { options, seen, end, records, tell, allCommitted } = await startAt(higher)
      const topic = `${options.eventPrefix}words.heard`
      // With the headers of a dead letter it is larger than what the broker takes.
      await tell('x'.repeat(1_048_400), {}, topic)
      await tell(pythonRequest('heard', { text: 'next' }), {}, topic)
      await vi.waitFor(() => expect(seen).toEqual(['next']), patient)
      await allCommitted('all', topic, `${options.eventPrefix}words`)
      expect(await end(topic)).toBe(2)
      const [letter] = await records(`${topic}.dead`)
      expect(letter!.value).toBe('null')
      expect(String(letter!.headers!['microapi-offset'])).toBe('0')
    })

    it('as what an event failed with it is told of in short', slow, async () => {
      const { options, seen, records, tell, allCommitted } = await startAt()
      const topic = `${options.eventPrefix}words.heard`
      await tell(pythonRequest('heard', { text: 'loud' }), {}, topic)
      await tell(pythonRequest('heard', { text: 'next' }), {}, topic)
      await vi.waitFor(() => expect(seen).toEqual(['next']), patient)
      await allCommitted('all', topic, `${options.eventPrefix}words`)
      const [letter] = await records(`${topic}.dead`)
      expect(JSON.parse(String(letter!.headers!['microapi-error']))).toEqual({
        code: 'INVALID_ARGUMENT',
        message: 'x'.repeat(1_000),
      })
    })
  })

  it(
    'what is no envelope of its event is a dead letter, and the event behind it is handled',
    slow,
    async () => {
      const { options, seen, log, tell, allCommitted, records } = await startAt()
      const topic = `${options.eventPrefix}words.heard`
      const bad: readonly Bad[] = [
        'hello',
        null,
        pythonRequest('echo', { text: 'no event' }),
        { type: 'event' },
      ]
      for (const value of bad) await tell(value, { 'x-own': 'kept' }, topic)
      await tell(pythonRequest('heard', { text: 'next' }), {}, topic)
      await vi.waitFor(() => expect(seen).toEqual(['next']), patient)
      await allCommitted('all', topic, `${options.eventPrefix}words`)
      const letters = await records(`${topic}.dead`)
      expect(letters).toHaveLength(bad.length)
      for (const { headers } of letters) {
        const read = Object.fromEntries(
          Object.entries(headers ?? {}).map(([name, value]) => [name, String(value)]),
        )
        expect(read).toEqual({
          'x-own': 'kept',
          'microapi-attempts': '1',
          'microapi-error': expect.stringContaining('INVALID_ARGUMENT'),
          'microapi-source': topic,
          'microapi-topic': topic,
          'microapi-partition': '0',
          'microapi-offset': expect.stringMatching(/^[0-3]$/),
          'microapi-failed-at': expect.stringMatching(/^\d{13}$/),
        })
      }
      expect(log.lines.filter(({ message }) => message === 'kafka: a message failed')).toHaveLength(4)
    },
  )

  it('garbage among answers, cancellations and messages of streams is dropped', slow, async () => {
    const { options, tell } = await startAt()
    const { topic, replyTopic } = options
    const client = wordsClient(options)
    expect(await client.words.echo({ text: 'a' }, ample)).toEqual({ text: 'a' })
    for (const to of [replyTopic, `${topic}.cancel`]) {
      for (const value of ['hello', '', null, [1], { type: 'response', id: 'x' }]) {
        await tell(value, {}, to)
        await tell(value, { 'microapi-to': 'x', 'microapi-type': 'microapi.v1.session' }, to)
        await tell(value, { 'microapi-type': 'microapi.v1.cancel' }, to)
        await tell(value, { 'microapi-type': 'microapi.v1.end', 'microapi-id': 'x' }, to)
      }
    }
    const items: unknown[] = []
    for await (const item of client.words.count({ value: 2 })) items.push(item)
    expect(items).toEqual([{ value: 0 }, { value: 1 }])
    expect(await client.words.echo({ text: 'b' }, ample)).toEqual({ text: 'b' })
  })

  it('a missing topic that may not be made is named, on both sides', slow, async () => {
    const { url, topic, replyTopic } = freshOptions(cluster.brokers)
    const options = { url, topic, replyTopic, createTopics: false }
    await expect(startWords(options)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringMatching(
        new RegExp(`${url} has no topics "${topic}".*: create them, or .* createTopics$`),
      ),
    })
    const client = wordsClient(options)
    await expect(client.words.echo({ text: 'a' }, ample)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `${url} has no topic "${replyTopic}": create it, or let it be done with the option createTopics`,
    })
    const admin = await adminOf(cluster.brokers)
    await admin.createTopics({ topics: [{ topic: replyTopic, numPartitions: 1 }] })
    const error: unknown = await client.words.echo({ text: 'a' }, ample).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(new RegExp(`^nobody serves it: .*topic "${topic}"`)),
    })
    expect(neverRan(error as never)).toBe(true)
    await expect(client.words.heard.publish({ text: 'a' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/^nobody handles it: /),
    })
    expect((await admin.listTopics()).filter((name) => name.startsWith(topic))).toEqual([replyTopic])
  })
})

describe('a broker that accepts and never answers', () => {
  it('is UNAVAILABLE in connectTimeoutMs, on both sides', slow, async () => {
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
      silent.close()
    })
    const url = `kafka://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const options = { url, connectTimeoutMs: 300, log: recordingLog() }
    const told = { code: 'UNAVAILABLE', message: expect.stringContaining(`${url}: no answer in 300 ms`) }
    const app = createApp({ services: {} })
    await expect(serve(app, kafka(options), { signals: false })).rejects.toMatchObject(told)
    await expect(wordsClient(options).words.echo({ text: 'a' }, ample)).rejects.toMatchObject(told)
  })
})
