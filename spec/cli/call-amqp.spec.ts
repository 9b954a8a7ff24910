import { randomBytes } from 'node:crypto'
import { amqp } from 'microapi-ts/amqp'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeRabbitMq } from '../brokers/rabbitmq.ts'
import { deleteQueues, freshQueue } from '../transports/amqp/support.ts'
import { call, callShared, startCall } from './call-command.ts'
import { serveNumbers } from './call-server.ts'

const slow = { timeout: 60_000 }
const soon = { timeout: 30_000, interval: 20 }

describeRabbitMq('microapi call over RabbitMQ', (broker) => {
  it('messages, streams both ways, events and Ctrl-C', slow, async () => {
    const queue = freshQueue(broker.url)
    const eventExchange = `spec-events-${randomBytes(6).toString('hex')}`
    const event = `${eventExchange}.numbers.happened`
    onTestFinished(() => deleteQueues(broker.url, [event, `${event}.dead`], [eventExchange]))
    const { server, seen } = await serveNumbers([amqp({ url: broker.url, queue, eventExchange })])
    onTestFinished(() => server.close())
    const url = `${broker.url}?queue=${queue}&eventExchange=${eventExchange}`

    expect(await callShared([url, 'numbers.double', '{"n":21}'])).toEqual({
      exit: 0,
      out: '{"n":42}\n',
      error: '',
    })
    expect(await callShared([url, 'numbers.double'], '{"n":21}\n')).toEqual({
      exit: 0,
      out: '{"n":42}\n',
      error: '',
    })
    const lines = Array.from({ length: 10_000 }, (_, n) => `{"n":${n}}\n`).join('')
    expect(await call([url, 'numbers.echo'], lines)).toEqual({ exit: 0, out: lines, error: '' })
    expect(await callShared([url, 'numbers.refuse', '{"n":5}'])).toMatchObject({ exit: 1, out: '' })
    expect(await callShared([url, 'numbers.happened', '--event'], '{"n":1}\n{"n":2}\n')).toEqual({
      exit: 0,
      out: '',
      error: '',
    })
    await vi.waitFor(
      () => expect(seen.told.toSorted()).toEqual(expect.arrayContaining(['happened 1', 'happened 2'])),
      soon,
    )

    const hanging = startCall([url, 'numbers.hang', '{"n":1}'])
    await vi.waitFor(() => expect(seen.told).toContain('hang 1'), soon)
    hanging.child.kill('SIGINT')
    expect((await hanging.ran).exit).toBe(130)
    await vi.waitFor(() => expect(seen.told).toContain('hang 1 aborted'), soon)

    const { child, out, ran } = startCall([url, 'numbers.count', '{"n":999999999}'])
    await vi.waitFor(() => expect(out()).toContain('{"n":0}\n'), soon)
    child.kill('SIGINT')
    expect((await ran).exit).toBe(130)
    await vi.waitFor(() => expect(seen.told).toContain('count 999999999 left'), soon)
  })
})
