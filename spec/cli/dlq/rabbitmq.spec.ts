import { randomBytes } from 'node:crypto'
import type { GetMessage, Options } from 'amqplib'
import { createClient, serve } from 'microapi-ts'
import { amqp } from 'microapi-ts/amqp'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeRabbitMq } from '../../brokers/rabbitmq.ts'
import { bare, deleteQueues, freshQueue, proxyOf } from '../../transports/amqp/support.ts'
import { shell } from '../call-command.ts'
import { folder } from '../command.ts'
import { contract, described, dlq, lines, orders, slow, soon } from './run.ts'

const time = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g

describeRabbitMq('microapi dlq over RabbitMQ', (broker) => {
  /** An app behind names that no other spec uses; all that they lead to is deleted behind the test. */
  const start = async () => {
    const queue = freshQueue(broker.url)
    const eventExchange = `spec-events-${randomBytes(6).toString('hex')}`
    const options = { url: broker.url, queue, eventExchange }
    const placed = `${eventExchange}.orders.placed`
    const shipped = `${eventExchange}.orders.shipped.${queue}`
    onTestFinished(() => {
      const all = [queue, placed, shipped].flatMap((name) => [name, `${name}.dead`, `${name}.retry.1000`])
      return deleteQueues(broker.url, all, [eventExchange])
    })
    const { app, log, seen, repair, breakWith } = orders()
    const server = await serve(app, amqp({ ...options, log }), { signals: false, graceMs: 1_000 })
    onTestFinished(() => server.close())
    const client = createClient(contract, amqp(options))
    onTestFinished(() => client.close())
    const url = `${broker.url}?queue=${queue}&eventExchange=${eventExchange}`
    const channel = await bare(broker.url)
    const counted = (name: string, messages: number): Promise<unknown> =>
      vi.waitFor(async () => expect((await channel.checkQueue(name)).messageCount).toBe(messages), soon)
    /** Publishes orders that fail, one by one, since they are handled side by side. */
    const kill = async (ids: readonly number[]): Promise<void> => {
      await channel.assertQueue(`${placed}.dead`, { durable: true })
      for (const [i, id] of ids.entries()) {
        await client.orders.placed.publish({ id })
        await counted(`${placed}.dead`, i + 1)
      }
    }
    return {
      url,
      queue,
      placed,
      shipped,
      client,
      server,
      seen,
      repair,
      breakWith,
      channel,
      counted,
      kill,
      options,
    }
  }
  /** A queue of dead letters that was written by somebody else, and the queue that it is called after. */
  const startBare = async (args: Record<string, unknown> = {}) => {
    const name = freshQueue(broker.url)
    const dead = `${name}.dead`
    onTestFinished(() => deleteQueues(broker.url, [dead]))
    const channel = await bare(broker.url)
    await channel.assertQueue(name, { durable: true })
    await channel.assertQueue(dead, { durable: true, arguments: args })
    const put = (
      body: string | Buffer | object,
      headers: Record<string, unknown> = {},
      more: Options.Publish = {},
    ) =>
      channel.sendToQueue(
        dead,
        Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
        {
          headers,
          ...more,
        },
      )
    const counts = (): Promise<number[]> =>
      Promise.all([name, dead].map(async (one) => (await channel.checkQueue(one)).messageCount))
    /** How many there are in both, once the broker has all that was sent. */
    const become = (expected: readonly [alive: number, dead: number]): Promise<void> =>
      vi.waitFor(async () => expect(await counts()).toEqual(expected), soon)
    const takeAll = async (from: string): Promise<GetMessage[]> => {
      const all: GetMessage[] = []
      for (;;) {
        const message = await channel.get(from, { noAck: true })
        if (!message) return all
        all.push(message)
      }
    }
    return { name, dead, channel, put, counts, become, takeAll }
  }
  const envelope = (id: unknown): object => ({
    type: 'request',
    service: 'orders',
    method: 'placed',
    id: `call-${String(id).slice(0, 5)}`,
    payload: { id },
  })

  it('lists, shows and replays what a server has put aside', slow, async () => {
    const { url, placed, seen, repair, kill, counted } = await start()
    await kill([1, 2, 3])
    const app = described()

    const listed = await dlq(['list', url, '--app', app])
    expect(listed).toMatchObject({ exit: 0, error: '' })
    expect(listed.out.replaceAll(time, 'TIME').replaceAll(/ {2,}/g, '  ')).toBe(
      `QUEUE  MESSAGES  OLDEST  NEWEST  ERRORS\n${placed}.dead  3  TIME  TIME  NOT_FOUND 3\n`,
    )
    expect(await dlq(['list', url, placed])).toEqual(listed)
    const [one] = lines((await dlq(['list', url, `${placed}.dead`, '--json', '--limit', '2'])).out)
    expect(one).toMatchObject({ name: `${placed}.dead`, messages: 3, lookedAt: 2, errors: { NOT_FOUND: 2 } })

    const shown = await dlq(['show', url, placed, '--app', app, '--limit', '2'])
    expect(shown).toMatchObject({ exit: 0, error: 'microapi: 2 of 3; --limit shows more\n' })
    const [first, second] = shown.out
      .split('\n\n')
      .map((text) => text.trimEnd().split('\n').slice(1).join('\n'))
    expect(first!.replaceAll(time, 'TIME')).toBe(`  method    orders.placed
  error     NOT_FOUND: there is no order 1
  failed    TIME, 1 attempt
  sent to   exchange ${placed.replace('.orders.placed', '')}, routing key orders.placed
  payload   {"id":1}
  now       valid`)
    expect(second).toContain('there is no order 2')
    // Nothing was taken out, and the order is the same.
    const letters = lines((await dlq(['show', url, placed, '--json'])).out)
    expect(letters.map(({ payload }) => payload)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    expect(letters[0]).toMatchObject({
      queue: `${placed}.dead`,
      service: 'orders',
      method: 'placed',
      error: { code: 'NOT_FOUND', message: 'there is no order 1' },
      attempts: 1,
    })
    expect(letters[0]).not.toHaveProperty('valid')

    // It fails again, as one that was never handled.
    expect(await dlq(['replay', url, placed, '--limit', '1'])).toEqual({
      exit: 0,
      out: `1 replayed, 0 left: from ${placed}.dead to ${placed}\n`,
      error: '',
    })
    await counted(`${placed}.dead`, 3)
    const again = lines((await dlq(['show', url, placed, '--json'])).out)
    expect(again.map(({ payload }) => payload)).toEqual([{ id: 2 }, { id: 3 }, { id: 1 }])
    expect(again[2]).toMatchObject({ id: letters[0]!['id'], attempts: 1, sentTo: letters[0]!['sentTo'] })
    expect(again[2]!['failedAt']! > letters[2]!['failedAt']!).toBe(true)

    repair()
    expect(await dlq(['replay', url, placed, '--app', app])).toMatchObject({ exit: 0, error: '' })
    await vi.waitFor(() => expect(seen).toEqual(['placed 2', 'placed 3', 'placed 1']), soon)
    await counted(`${placed}.dead`, 0)
    expect(await dlq(['show', url, placed])).toEqual({
      exit: 0,
      out: '',
      error: `microapi: ${placed}.dead is empty\n`,
    })
  })

  it('gives back a copy to the app that failed, and to no other', slow, async () => {
    const { url, shipped, queue, client, options, seen, repair, counted } = await start()
    const other = { ...options, queue: freshQueue(broker.url) }
    const theirs = `${options.eventExchange}.orders.shipped.${other.queue}`
    onTestFinished(() => deleteQueues(broker.url, [theirs]))
    const healthy = orders()
    healthy.repair()
    const server = await serve(healthy.app, amqp({ ...other, log: healthy.log }), { signals: false })
    onTestFinished(() => server.close())

    await client.orders.shipped.publish({ id: 5 })
    await vi.waitFor(() => expect(healthy.seen).toEqual(['shipped 5']), soon)
    await vi.waitFor(async () => {
      const [found] = lines((await dlq(['list', url, '--app', described(), '--json'])).out)
      expect(found).toMatchObject({
        name: `${options.eventExchange}.orders.shipped.${queue}.dead`,
        messages: 1,
      })
    }, soon)
    repair()
    expect((await dlq(['replay', url, shipped])).exit).toBe(0)
    await vi.waitFor(() => expect(seen).toEqual(['shipped 5']), soon)
    await counted(theirs, 0)
    expect(healthy.seen).toEqual(['shipped 5'])
  })

  it('replays a unary call whose deadline has long passed', slow, async () => {
    const { url, queue, client, seen, breakWith, repair, channel, counted } = await start()
    breakWith((id) => new Error(`the table of ${id} is gone`))
    await channel.assertQueue(`${queue}.dead`, { durable: true })
    const failing = client.orders.check({ id: 4 }, { timeoutMs: 5_000 })
    await expect(failing).rejects.toMatchObject({ code: 'INTERNAL' })
    await counted(`${queue}.dead`, 1)
    // The clock of the broker's machine goes on, or so it seems to the server.
    const [letter] = lines((await dlq(['show', url, queue, '--json'])).out)
    expect(letter).toMatchObject({ method: 'check', attempts: 1, error: { code: 'INTERNAL' } })
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 })
    onTestFinished(() => void vi.useRealTimers())
    repair()
    expect((await dlq(['replay', url, queue, '--app', described()])).exit).toBe(0)
    await vi.waitFor(() => expect(seen).toEqual(['check 4']), soon)
  })

  it('leaves what no server would take, and says where the mistake is', slow, async () => {
    const { name, dead, put, become, takeAll } = await startBare()
    put(envelope('seven'))
    put(envelope(1))
    put({ ...envelope(2), method: 'packed' })
    put('no envelope')
    put(Buffer.from([0xff, 0xfe, 0]))
    put('{"type":"request","service":"orders","method":"placed","payload":{"id":3,"__proto__":{}}}')
    await become([0, 6])
    const app = described()

    const letters = lines((await dlq(['show', broker.url, name, '--app', app, '--json'])).out)
    expect(letters.map(({ valid, why, pointer }) => [valid, why, pointer])).toEqual([
      [false, 'input/id must be integer', '/id'],
      [true, undefined, undefined],
      [false, 'the app has no method orders.packed', undefined],
      [false, 'it is no envelope of an event or a request', undefined],
      [false, 'it is no envelope of an event or a request', undefined],
      [false, expect.stringContaining('__proto__'), undefined],
    ])
    expect(letters[3]).toMatchObject({ text: 'no envelope' })
    expect(letters[4]).toMatchObject({ base64: '//4A' })
    const text = (await dlq(['show', broker.url, name, '--app', app])).out
    expect(text).toContain('now       invalid: input/id must be integer')
    expect(text).toContain('payload   (3 bytes that are no text)')

    const dry = await dlq(['replay', broker.url, name, '--app', app, '--dry-run'])
    expect(dry).toMatchObject({ exit: 1, out: `1 would be replayed, 5 left: from ${dead} to ${name}\n` })
    await become([0, 6])

    const ran = await dlq(['replay', broker.url, name, '--app', app])
    expect(ran).toMatchObject({ exit: 1, out: `1 replayed, 5 left: from ${dead} to ${name}\n` })
    expect(ran.error).toMatch(/^microapi: left [\da-f]{16}: invalid: input\/id must be integer\n/)
    expect(ran.error).toContain(`\nmicroapi: 5 left in ${dead}; `)
    await become([1, 5])
    // Without an app nobody knows the methods; what is no envelope is none all the same.
    expect(await dlq(['replay', broker.url, name])).toMatchObject({
      exit: 1,
      out: `2 replayed, 3 left: from ${dead} to ${name}\n`,
    })
    await become([3, 3])
    expect(await dlq(['replay', broker.url, name, '--app', app, '--force'])).toMatchObject({
      exit: 0,
      error: '',
    })
    await become([6, 0])
    expect((await takeAll(name)).map(({ content }) => content).at(-2)).toEqual(Buffer.from([0xff, 0xfe, 0]))
  })

  it('chooses by id, and says what is not there', slow, async () => {
    const { name, dead, put, become, takeAll } = await startBare()
    for (const id of [1, 2, 3, 4]) put(envelope(id), {}, id === 4 ? {} : { correlationId: `order-${id}` })
    await become([0, 4])
    const digest = String(lines((await dlq(['show', broker.url, name, '--json'])).out)[3]!['id'])
    expect(digest).toMatch(/^[\da-f]{16}$/)
    const ids = ['order-3', digest, 'order-9'].flatMap((id) => ['--id', id])
    expect(await dlq(['replay', broker.url, name, ...ids])).toEqual({
      exit: 1,
      out: `2 replayed, 0 left: from ${dead} to ${name}\n`,
      error: `microapi: ${dead} has no message order-9; microapi dlq show says which there are\n`,
    })
    await become([2, 2])
    expect((await takeAll(name)).map(({ content }) => JSON.parse(String(content)).payload.id)).toEqual([3, 4])
    expect(lines((await dlq(['show', broker.url, name, '--json'])).out).map(({ id }) => id)).toEqual([
      'order-1',
      'order-2',
    ])
  })

  it('is safe from what others write into headers', slow, async () => {
    const { name, put, become, takeAll, dead } = await startBare()
    const evil = '\u001B[2J\u009B31m\u202Efdp.exe\r\nmicroapi: all is well'
    put(envelope(1), {
      'microapi-error': 'no JSON '.repeat(5_000),
      'microapi-attempts': 'many',
      'microapi-failed-at': 1e300,
      'microapi-queue': 'another-queue',
      'microapi-exchange': 7,
    })
    put(
      { ...envelope(2), method: evil, payload: { text: evil } },
      {
        'microapi-error': JSON.stringify({ code: evil, message: evil, reason: evil, details: [evil] }),
        'microapi-attempts': -1,
        'microapi-failed-at': { nested: true },
        'microapi-routing-key': evil,
      },
      { correlationId: 'evil\u001B[0m' },
    )
    put(envelope(3), { 'microapi-error': Buffer.from('bytes'), 'microapi-failed-at': -5 })
    put(`{"type":"request","service":"a","method":"b","payload":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)
    put({ ...envelope('x'.repeat(10_000)) })
    await become([0, 5])

    const { exit, out, error } = await dlq(['show', broker.url, name])
    expect([exit, error]).toEqual([0, ''])
    // oxlint-disable-next-line no-control-regex -- none of them is there
    expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/)
    expect(out.split('\n').filter((line) => line.startsWith('microapi'))).toEqual([])
    expect(out).toContain('UNKNOWN: no JSON no JSON')
    expect(out).toMatch(/… \(40,000 characters; --json writes them all\)/)
    expect(out).toMatch(/… \(10,0\d\d characters; --json writes them all\)/)
    const all = await dlq(['show', broker.url, name, '--json'])
    expect(all.out).not.toMatch(/[\u007F-\u009F\u202E]/)
    const letters = lines(all.out)
    expect(letters).toHaveLength(5)
    expect(letters[0]).not.toHaveProperty('attempts')
    expect(letters[0]).not.toHaveProperty('failedAt')
    expect(letters[1]).toMatchObject({
      method: evil,
      payload: { text: evil },
      error: { code: evil, message: evil },
    })
    expect(letters[4]).toMatchObject({ payload: { id: 'x'.repeat(10_000) } })
    expect((await dlq(['list', broker.url, name])).exit).toBe(0)

    // No header says where it goes, and by the id that is shown it can be named.
    expect(await dlq(['replay', broker.url, name, '--id', 'evil\\u001b[0m'])).toMatchObject({
      exit: 0,
      error: '',
    })
    expect(await dlq(['replay', broker.url, name, '--limit', '1'])).toMatchObject({ exit: 0, error: '' })
    const sent = await takeAll(name)
    expect(sent.map(({ properties }) => properties.headers)).toEqual([
      { 'microapi-routing-key': evil },
      { 'microapi-exchange': 7 },
    ])
    expect((await takeAll(dead)).map(({ content }) => content.length)).toHaveLength(3)
  })

  it('Ctrl-C stops between messages: what was not sent is where it was', slow, async () => {
    const { name, dead, put, become, takeAll } = await startBare()
    for (let id = 0; id < 450; id++) put(id === 250 ? 'no envelope' : envelope(id), { number: id })
    await become([0, 450])
    const ran = await dlq(['replay', broker.url, name], (line) => {
      if (line.includes('left')) process.emit('SIGINT')
    })
    expect(ran).toMatchObject({ exit: 130, out: '' })
    expect(ran.error).toContain(
      'microapi: interrupted; 200 replayed, 1 left, and the others are where they were\n',
    )
    await become([200, 250])
    const numbers = (messages: readonly GetMessage[]) =>
      messages.map(({ properties }) => properties.headers!['number'])
    expect(numbers(await takeAll(name))).toEqual(Array.from({ length: 200 }, (_, i) => i))
    expect(numbers(await takeAll(dead))).toEqual(Array.from({ length: 250 }, (_, i) => i + 200))
  })

  it('loses nothing with its connection: what was not confirmed is where it was', slow, async () => {
    const { name, put, become, takeAll, dead } = await startBare()
    for (let id = 0; id < 450; id++) put(id === 250 ? 'no envelope' : envelope(id), { number: id })
    await become([0, 450])
    const { url, cut } = await proxyOf(broker.url)
    const ran = await dlq(['replay', url, name], (line) => {
      if (line.includes('left')) cut()
    })
    expect(ran).toMatchObject({ exit: 1, out: '' })
    expect(ran.error).toMatch(
      /microapi: 200 replayed, 1 left, then UNAVAILABLE: .*; the others are still in spec-/,
    )
    // The broker has noticed when all of them are there again.
    const found = new Set<unknown>()
    await vi.waitFor(async () => {
      for (const { properties } of [...(await takeAll(name)), ...(await takeAll(dead))])
        found.add(properties.headers!['number'])
      expect(found.size).toBe(450)
    }, soon)
  })

  it('stands in pipes: who has read enough leaves, and all is put back', slow, async () => {
    const { name, put, become } = await startBare()
    for (let id = 0; id < 3_000; id++) put(envelope(id))
    await become([0, 3_000])
    const line = `microapi dlq show '${broker.url}' ${name} --json --limit 3000 | head -1; echo "\${PIPESTATUS[0]}"`
    const { exit, out, error } = await shell(line).ran
    expect([exit, error]).toEqual([0, ''])
    const [first, status, end] = out.split('\n')
    expect(JSON.parse(first!)).toMatchObject({ payload: { id: 0 } })
    expect([status, end]).toEqual(['0', ''])
    await become([0, 3_000])
  })

  it('ends with what was there when it began, though all of it fails again', slow, async () => {
    const { url, placed, kill, counted } = await start()
    await kill([1, 2, 3, 4, 5])
    expect(await dlq(['replay', url, placed])).toMatchObject({
      exit: 0,
      out: `5 replayed, 0 left: from ${placed}.dead to ${placed}\n`,
    })
    await counted(`${placed}.dead`, 5)
  })

  it('a quorum queue that drops what was given out too often loses nothing', slow, async () => {
    const { name, put, become } = await startBare({ 'x-queue-type': 'quorum', 'x-delivery-limit': 1 })
    for (const id of [1, 2, 3]) put(envelope(id), {}, { correlationId: `order-${id}` })
    await become([0, 3])
    for (let times = 0; times < 6; times++) {
      const { out } = await dlq(['show', broker.url, name, '--json'])
      expect(lines(out).map(({ id }) => id)).toEqual(['order-1', 'order-2', 'order-3'])
    }
    await become([0, 3])
    expect((await dlq(['replay', broker.url, name, '--id', 'order-2'])).exit).toBe(0)
    await become([1, 2])
    expect((await dlq(['replay', broker.url, name])).exit).toBe(0)
    await become([3, 0])
  })

  it('says in a line what is not there', slow, async () => {
    const { name, dead, put, become, channel } = await startBare()
    const nowhere = `${name}-nowhere`
    for (const command of ['show', 'replay', 'list']) {
      const ran = await dlq([command, broker.url, nowhere])
      expect(ran).toMatchObject({ exit: 1, out: '' })
      expect(ran.error).toMatch(/^microapi: there is no spec-\S+-nowhere\.dead at amqp:\/\/[^\n]+\n$/)
    }
    put(envelope(1))
    await become([0, 1])
    await channel.deleteQueue(name)
    const gone = await dlq(['replay', broker.url, name])
    expect(gone).toMatchObject({ exit: 1, out: '' })
    expect(gone.error).toMatch(/no queue "spec-\w+" any more, where they came from: start a server of it/)
    expect((await channel.checkQueue(dead)).messageCount).toBe(1)
    expect(await dlq(['list', broker.url, '--app', described()])).toMatchObject({
      exit: 0,
      error: expect.stringMatching(/^microapi: no dead letters at amqp:/),
    })
  })

  it('--app takes an app, as the command that is installed', slow, async () => {
    const { name, put, become } = await startBare()
    put(envelope('one'))
    await become([0, 1])
    const { microapi } = folder({
      'app.ts': `
        import { Type } from '@sinclair/typebox'
        import { createApp, defineService, rpc } from 'microapi-ts'
        const placed = rpc.event(Type.Object({ id: Type.Integer() }), () => {})
        export const app = createApp({ services: { orders: defineService({ placed }) } })`,
    })
    const ran = await microapi('dlq', 'replay', broker.url, name, '--app', 'app.ts')
    expect(ran).toMatchObject({ exit: 1, out: expect.stringMatching(/^0 replayed, 1 left: /) })
    expect(ran.error).toContain('invalid: input/id must be integer')
  })
})
