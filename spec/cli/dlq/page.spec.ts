import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createClient, serve } from 'microapi-ts'
import { amqp } from 'microapi-ts/amqp'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeRabbitMq } from '../../brokers/rabbitmq.ts'
import { blocksOf } from '../../docs/page.ts'
import { bare, deleteQueues, freshQueue } from '../../transports/amqp/support.ts'
import { contract, described, dlq, orders, slow, soon } from './run.ts'

const [, section = ''] = /^## Dead letters\n([\s\S]*?)^## /m.exec(readFileSync('docs/cli.md', 'utf8')) ?? []

it('docs/cli.md lists every option of dlq', slow, async () => {
  for (const command of ['list', 'show', 'replay']) {
    const { out } = await dlq([command, '--help'])
    const options = [...out.matchAll(/^ {2}(--.*?) {2,}/gm)].map(([, option]) => option!)
    expect(options.length).toBeGreaterThan(2)
    for (const option of options)
      expect(section).toMatch(new RegExp(`\\| \`${option}\` +\\| (all|.*\`${command}\`)`))
  }
})

describeRabbitMq('docs/cli.md', (broker) => {
  it('shows what dlq prints', slow, async () => {
    const queue = freshQueue(broker.url)
    const eventExchange = `spec-events-${randomBytes(6).toString('hex')}`
    const placed = `${eventExchange}.orders.placed`
    const others = [placed, `${placed}.dead`, `${eventExchange}.orders.shipped.${queue}`]
    onTestFinished(() => deleteQueues(broker.url, others, [eventExchange]))
    const options = { url: broker.url, queue, eventExchange }
    const { app, log } = orders()
    const server = await serve(app, amqp({ ...options, log }), { signals: false })
    onTestFinished(() => server.close())
    const client = createClient(contract, amqp(options))
    onTestFinished(() => client.close())
    const channel = await bare(broker.url)
    await channel.assertQueue(`${placed}.dead`, { durable: true })
    for (const id of [1, 2]) {
      await client.orders.placed.publish({ id })
      await vi.waitFor(
        async () => expect((await channel.checkQueue(`${placed}.dead`)).messageCount).toBe(id),
        soon,
      )
    }
    const file = described()
    const url = `${broker.url}?queue=${queue}&eventExchange=${eventExchange}`
    const blocks = blocksOf(section)
    const commands = blocks.flatMap(({ language, code }, i) =>
      language === 'sh' ? [{ args: code.split(' ').slice(3), printed: blocks[i + 1]!.code }] : [],
    )
    expect(commands.map(({ args }) => args[0])).toEqual(['list', 'show', 'replay'])
    for (const { args, printed } of commands) {
      const given = args.map((arg) =>
        arg
          .replace('amqp://localhost', url)
          .replace('src/app.ts', file)
          .replace('microapi-events', eventExchange),
      )
      const { out, error } = await dlq(given)
      const plain = (text: string): string =>
        text
          .replaceAll(eventExchange, 'microapi-events')
          .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ/g, 'TIME')
          .replace(/^\S+$/m, 'ID')
          .replaceAll(/ {2,}/g, '  ')
          .trim()
      expect(plain(out + error)).toBe(plain(printed))
    }
  })
})
