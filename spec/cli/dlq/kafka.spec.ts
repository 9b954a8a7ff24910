import { randomUUID } from 'node:crypto'
import type { IHeaders } from 'kafkajs'
import { createClient, serve } from 'microapi-ts'
import { kafka } from 'microapi-ts/kafka'
import { recordingLog } from 'microapi-ts/testing'
import { expect, it, onTestFinished, vi } from 'vitest'
import { openDeadLetters } from '../../../lib/transports/kafka/dead-letters/dead-letters.ts'
import { callHeader, callText } from '../../../lib/transports/kafka/protocol.ts'
import { describeKafka } from '../../brokers/kafka.ts'
import { adminOf, createTopic, kafkaOf, producerOf } from '../../transports/kafka/intake-support.ts'
import { recordsOf } from '../../transports/kafka/topic-records.ts'
import { contract, described, dlq, lines, orders, slow, soon } from './run.ts'

const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g

describeKafka('microapi dlq over Kafka', (cluster) => {
  const urlOf = (): string => `kafka://${cluster.brokers.join(',')}`

  /** What no other spec's topics begin with; all that do are deleted behind the test. */
  const freshName = (): string => {
    const name = `spec-dlq-${randomUUID().slice(0, 8)}`
    onTestFinished(async () => {
      const admin = kafkaOf(cluster.brokers).admin()
      await admin.connect()
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(name))
      await admin.deleteTopics({ topics })
      await admin.disconnect()
    })
    return name
  }
  /** An app behind topics of its own. */
  const start = async () => {
    const name = freshName()
    const options = {
      url: urlOf(),
      topic: name,
      groupId: name,
      replyTopic: `${name}-replies`,
      eventPrefix: `${name}-events.`,
    }
    const serverOptions = { ...options, createTopics: { partitions: 2 } }
    const { app, log, seen, repair } = orders()
    const server = await serve(app, kafka({ ...serverOptions, log }), { signals: false, graceMs: 1_000 })
    onTestFinished(() => server.close())
    const client = createClient(contract, kafka({ ...options, log }))
    onTestFinished(() => client.close())
    const url = `${urlOf()}?topic=${name}&group=${name}&eventPrefix=${name}-events.`
    return { name, url, options, serverOptions, client, seen, repair, placed: `${name}-events.orders.placed` }
  }
  /** A topic of dead letters that was written by somebody else, and the topic that it is called after. */
  const startBare = async (partitions = 1) => {
    const name = freshName()
    const dead = `${name}.dead`
    const admin = await adminOf(cluster.brokers)
    await createTopic(admin, name)
    await createTopic(admin, dead, partitions)
    const producer = await producerOf(cluster.brokers)
    const put = async (
      value: string | Buffer | object | null,
      headers: IHeaders = {},
      more: { readonly partition?: number; readonly key?: string; readonly timestamp?: string } = {},
    ): Promise<void> => {
      const text =
        value === null || Buffer.isBuffer(value) || typeof value === 'string' ? value : JSON.stringify(value)
      await producer.send({ topic: dead, messages: [{ partition: 0, value: text, headers, ...more }] })
    }
    const sent = async () => {
      // The mark of a transaction is no record to be read until.
      await producer.send({ topic: name, messages: [{ value: 'end' }] })
      return (await recordsOf(cluster.brokers, name)).filter(({ value }) => value !== 'end')
    }
    const ids = async (...more: readonly string[]): Promise<unknown[]> =>
      lines((await dlq(['show', urlOf(), name, '--json', ...more])).out).map(({ id }) => id)
    return { name, dead, admin, producer, put, sent, ids }
  }
  const envelope = (id: unknown): object => ({
    type: 'request',
    service: 'orders',
    method: 'placed',
    id: `call-${String(id).slice(0, 5)}`,
    payload: { id },
  })
  const idsOf = (records: readonly { readonly value: string }[]): unknown[] =>
    records.map(
      ({ value }) => (JSON.parse(value) as { readonly payload: { readonly id: unknown } }).payload.id,
    )

  it('lists, shows and replays what a server has put aside', slow, async () => {
    const { url, placed, client, seen, repair } = await start()
    const app = described()
    const counted = (messages: number): Promise<void> =>
      vi.waitFor(async () => {
        const [found] = lines((await dlq(['list', url, '--app', app, '--json'])).out)
        expect(found).toMatchObject({ name: `${placed}.dead`, messages })
      }, soon)
    for (const id of [1, 2, 3]) await client.orders.placed.publish({ id }, { key: 'all' })
    await counted(3)

    const listed = await dlq(['list', url, placed])
    expect(listed).toMatchObject({ exit: 0, error: '' })
    expect(listed.out.replaceAll(time, 'TIME').replaceAll(/ {2,}/g, '  ')).toBe(
      `QUEUE  MESSAGES  OLDEST  NEWEST  ERRORS\n${placed}.dead  3  TIME  TIME  NOT_FOUND 3\n`,
    )
    // Without a name it asks the cluster.
    expect(
      lines((await dlq(['list', urlOf(), '--json', '--limit', '1'])).out).map(({ name }) => name),
    ).toContain(`${placed}.dead`)

    const shown = await dlq(['show', url, placed, '--app', app, '--limit', '1'])
    expect(shown).toMatchObject({ exit: 0, error: 'microapi: 1 of 3; --limit shows more\n' })
    expect(shown.out.replaceAll(time, 'TIME')).toMatch(
      new RegExp(
        `^\\d+:0\n  method    orders.placed\n  error     NOT_FOUND: there is no order 1\n  failed    TIME, 1 attempt\n  sent to   topic ${placed}, partition \\d, offset 0\n  payload   {"id":1}\n  now       valid\n$`,
      ),
    )

    // It fails again, as one that was never handled.
    expect(await dlq(['replay', url, placed, '--limit', '1'])).toEqual({
      exit: 0,
      out: `1 replayed, 0 left: from ${placed}.dead to ${placed}\n`,
      error: '',
    })
    await counted(3)
    const again = lines((await dlq(['show', url, placed, '--json'])).out)
    expect(again.map(({ payload }) => payload)).toEqual([{ id: 2 }, { id: 3 }, { id: 1 }])
    expect(again[2]).toMatchObject({ attempts: 1, sentTo: { topic: placed, offset: 0 } })

    repair()
    expect(await dlq(['replay', url, placed, '--app', app])).toMatchObject({ exit: 0, error: '' })
    await vi.waitFor(() => expect(seen).toEqual(['placed 2', 'placed 3', 'placed 1']), soon)
    // What was replayed is still in the topic, and no dead letter any more.
    expect(await dlq(['show', url, placed])).toEqual({
      exit: 0,
      out: '',
      error: `microapi: ${placed}.dead is empty\n`,
    })
    expect(await dlq(['replay', url, placed])).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^0 replayed/),
    })
    const all = lines((await dlq(['show', url, placed, '--json', '--from-start'])).out)
    expect(all.map(({ replayed }) => replayed)).toEqual([true, true, true, true])
  })

  it('gives back a copy to the app that failed, and to no other', slow, async () => {
    const { url, name, client, serverOptions, seen, repair, options } = await start()
    const healthy = orders()
    healthy.repair()
    const other = { ...serverOptions, topic: `${name}-b`, groupId: `${name}-b`, log: recordingLog() }
    const server = await serve(healthy.app, kafka(other), { signals: false })
    onTestFinished(() => server.close())
    const shipped = `${options.eventPrefix}orders.shipped.${name}`
    await client.orders.shipped.publish({ id: 5 })
    await vi.waitFor(() => expect(healthy.seen).toEqual(['shipped 5']), soon)
    await vi.waitFor(async () => {
      const [found] = lines((await dlq(['list', url, '--app', described(), '--json'])).out)
      expect(found).toMatchObject({ name: `${shipped}.dead`, messages: 1 })
    }, soon)
    repair()
    expect(await dlq(['replay', url, shipped])).toMatchObject({ exit: 0, error: '' })
    await vi.waitFor(() => expect(seen).toEqual(['shipped 5']), soon)
    // What comes behind it to all apps comes to this one, and it did not have the other.
    await client.orders.shipped.publish({ id: 6 })
    await vi.waitFor(() => expect(healthy.seen).toEqual(['shipped 5', 'shipped 6']), soon)
  })

  it('leaves what no server would take, and remembers which ones they are', slow, async () => {
    const { name, dead, put, sent, ids } = await startBare()
    await put(envelope('seven'))
    await put(
      envelope(1),
      { [callHeader]: callText({ id: 'c', deadline: 1_000 }), 'microapi-due': '5', mine: 'kept' },
      { key: 'k' },
    )
    await put('no envelope')
    await put(envelope(2))
    await put(null)
    await put(envelope(3))
    const app = described()
    const letters = lines((await dlq(['show', urlOf(), name, '--app', app, '--json'])).out)
    expect(letters.map(({ id, valid, pointer }) => [id, valid, pointer])).toEqual([
      ['0:0', false, '/id'],
      ['0:1', true, undefined],
      ['0:2', false, undefined],
      ['0:3', true, undefined],
      ['0:4', false, undefined],
      ['0:5', true, undefined],
    ])
    const ran = await dlq(['replay', urlOf(), name, '--app', app, '--limit', '2'])
    expect(ran).toMatchObject({ exit: 1, out: `2 replayed, 2 left: from ${dead} to ${name}\n` })
    expect(ran.error).toContain('microapi: left 0:0: invalid: input/id must be integer\n')
    expect(await ids()).toEqual(['0:0', '0:2', '0:4', '0:5'])
    // The next one goes on behind it, and what was left is tried again.
    expect(await dlq(['replay', urlOf(), name, '--app', app])).toMatchObject({
      exit: 1,
      out: `1 replayed, 3 left: from ${dead} to ${name}\n`,
    })
    expect(await dlq(['replay', urlOf(), name, '--app', app, '--force'])).toMatchObject({
      exit: 1,
      out: `2 replayed, 1 left: from ${dead} to ${name}\n`,
      error: expect.stringContaining('left 0:4: invalid: it lies here without its value'),
    })
    expect(await ids()).toEqual(['0:4'])
    const records = await sent()
    expect(records.map(({ value }) => value)).toEqual(
      [envelope(1), envelope(2), envelope(3), envelope('seven'), 'no envelope'].map((value) =>
        typeof value === 'string' ? value : JSON.stringify(value),
      ),
    )
    expect(records[0]!.key).toBe('k')
    // Without the deadline, which has long passed.
    const call = callText({ id: 'c', deadline: undefined })
    expect(records[0]!.headers).toEqual({ mine: Buffer.from('kept'), [callHeader]: Buffer.from(call) })
    expect(await ids('--from-start')).toHaveLength(6)
  })

  it('chooses by id, over partitions, the oldest first; --from-start begins anew', slow, async () => {
    const { name, dead, put, sent, ids } = await startBare(3)
    const now = Date.now()
    // In another order than they come to lie in.
    const places = [2, 0, 2, 1, 0, 1]
    for (const [id, partition] of places.entries())
      await put(envelope(id), {}, { partition, timestamp: `${now + id}` })
    expect(await ids()).toEqual(['2:0', '0:0', '2:1', '1:0', '0:1', '1:1'])
    expect(await ids('--limit', '2')).toEqual(['2:0', '0:0'])
    const some = ['1:1', '2:0', '0:9'].flatMap((id) => ['--id', id])
    expect(await dlq(['replay', urlOf(), name, ...some])).toMatchObject({
      exit: 1,
      out: `2 replayed, 0 left: from ${dead} to ${name}\n`,
      error: `microapi: ${dead} has no message 0:9; microapi dlq show says which there are\n`,
    })
    expect(await ids()).toEqual(['0:0', '2:1', '1:0', '0:1'])
    expect(await dlq(['replay', urlOf(), name, '--dry-run'])).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^4 would be/),
    })
    expect((await dlq(['replay', urlOf(), name])).out).toMatch(/^4 replayed, 0 left/)
    expect(idsOf(await sent())).toEqual([0, 5, 1, 2, 3, 4])
    expect((await dlq(['replay', urlOf(), name, '--from-start', '--limit', '3'])).out).toMatch(/^3 replayed/)
    expect(idsOf(await sent()).slice(6)).toEqual([0, 1, 2])
    expect(await ids()).toEqual(['1:0', '0:1', '1:1'])
  })

  it('is safe from what others write into headers', slow, async () => {
    const { name, put, sent } = await startBare()
    const evil = '\u001B[2J\u009B31m\u202Efdp.exe\r\nmicroapi: all is well'
    await put(envelope(1), {
      'microapi-error': 'no JSON '.repeat(5_000),
      'microapi-attempts': '99999999999999999999',
      'microapi-failed-at': 'yesterday',
      'microapi-topic': 'another-topic',
      'microapi-partition': '-1',
      'microapi-offset': '1e3',
      'microapi-source': 'another-source',
    })
    await put(
      { ...envelope(2), method: evil, payload: { text: evil } },
      {
        'microapi-error': [JSON.stringify({ code: evil, message: evil }), 'a second one'],
        'microapi-topic': Buffer.from([0xff, 0x1b, 0x5b]),
      },
    )
    const { exit, out, error } = await dlq(['show', urlOf(), name])
    expect([exit, error]).toEqual([0, ''])
    // oxlint-disable-next-line no-control-regex -- none of them is there
    expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/)
    expect(out.split('\n').filter((line) => line.startsWith('microapi'))).toEqual([])
    const [first, second] = lines((await dlq(['show', urlOf(), name, '--json'])).out)
    expect(first).toMatchObject({ error: { code: 'UNKNOWN' }, sentTo: { topic: 'another-topic' } })
    expect(first).not.toHaveProperty('attempts')
    // The record says when it came.
    expect(Date.parse(String(first!['failedAt']))).toBeGreaterThan(Date.now() - 3_600_000)
    expect(second).toMatchObject({ method: evil, payload: { text: evil }, error: { code: evil } })
    // No header says where it goes.
    expect(await dlq(['replay', urlOf(), name])).toMatchObject({ exit: 0, error: '' })
    expect(await sent()).toHaveLength(2)
  })

  it('Ctrl-C stops between messages, and the next replay goes on behind it', slow, async () => {
    const { name, dead, producer, sent, ids } = await startBare()
    const messages = Array.from({ length: 450 }, (_, id) => ({
      partition: 0,
      value: id === 250 ? 'no envelope' : JSON.stringify(envelope(id)),
    }))
    await producer.send({ topic: dead, messages })
    const ran = await dlq(['replay', urlOf(), name], (line) => {
      if (line.includes('left')) process.emit('SIGINT')
    })
    expect(ran).toMatchObject({ exit: 130, out: '' })
    expect(ran.error).toContain(
      'microapi: interrupted; 200 replayed, 1 left, and the others are where they were\n',
    )
    expect(await ids('--limit', '1')).toEqual(['0:200'])
    expect(await dlq(['replay', urlOf(), name])).toMatchObject({
      exit: 1,
      out: expect.stringMatching(/^249 replayed, 1 left/),
    })
    const expected = Array.from({ length: 450 }, (_, id) => id).filter((id) => id !== 250)
    expect(idsOf(await sent())).toEqual(expected)
  })

  it('sends large ones, which a broker does not take all at once', slow, async () => {
    const { name, put, sent, ids } = await startBare()
    for (let id = 0; id < 8; id++) await put({ ...envelope(id), metadata: { text: 'x'.repeat(300_000) } })
    expect(await dlq(['replay', urlOf(), name])).toMatchObject({
      exit: 0,
      out: expect.stringMatching(/^8 replayed, 0 left/),
      error: '',
    })
    expect(idsOf(await sent())).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(await ids()).toEqual([])
  })

  it('of two at once the second goes on, and the first is told', slow, async () => {
    const { name, put, sent } = await startBare()
    for (const id of [1, 2, 3]) await put(envelope(id))
    const letters = await openDeadLetters(urlOf(), recordingLog())
    onTestFinished(() => letters.close())
    const first = await letters.open(`${name}.dead`, { forReplay: true })
    onTestFinished(() => first.close())
    const [one, two] = [(await first.next())!, (await first.next())!]
    expect(await first.replay([one])).toEqual([undefined])
    expect((await dlq(['replay', urlOf(), name])).out).toMatch(/^2 replayed, 0 left/)
    expect(await first.replay([two])).toEqual([expect.objectContaining({ code: 'ABORTED' })])
    expect(idsOf(await sent())).toEqual([1, 2, 3])
  })

  it('says in a line what is not there', slow, async () => {
    const { name, put, admin, dead } = await startBare()
    for (const command of ['show', 'replay', 'list']) {
      const ran = await dlq([command, urlOf(), `${name}-nowhere`])
      expect(ran).toMatchObject({ exit: 1, out: '' })
      expect(ran.error).toMatch(/^microapi: there is no spec-\S+-nowhere\.dead at kafka:\/\/[^\n]+\n$/)
    }
    await put(envelope(1))
    await admin.deleteTopics({ topics: [name] })
    await vi.waitFor(async () => {
      const gone = await dlq(['replay', urlOf(), name])
      expect(gone).toMatchObject({ exit: 1, out: '' })
      expect(gone.error).toMatch(/no topic "spec-\S+" any more, where they came from: start a server of it/)
    }, soon)
    expect(lines((await dlq(['list', urlOf(), name, '--json'])).out)).toMatchObject([
      { name: dead, messages: 1 },
    ])
  })
})
