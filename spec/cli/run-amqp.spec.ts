import { createClient } from 'microapi-ts'
import { expect, it, onTestFinished, vi } from 'vitest'
import { describeRabbitMq } from '../brokers/rabbitmq.ts'
import { deleteQueues, freshQueue } from '../transports/amqp/support.ts'
import { folder } from './command.ts'
import { run, slow } from './run-command.ts'

const app = (text: string): string => `
import { Type } from '@sinclair/typebox'
import { createApp, defineService, rpc } from 'microapi-ts'

const greet = rpc.unary(Type.Object({}), Type.Object({ text: Type.String() }), () => ({ text: '${text}' }))
export const app = createApp({ services: { demo: defineService({ greet }) } })
`

describeRabbitMq('microapi run over RabbitMQ', (broker) => {
  it('serves from a queue, and anew when a file changes', slow, async () => {
    const { home, write } = folder({ 'app.ts': app('one') })
    const queue = freshQueue(broker.url)
    onTestFinished(() => deleteQueues(broker.url, [queue]))
    const url = `${broker.url}?queue=${queue}`
    const running = run(home, ['app.ts', '--reload', '--listen', url])
    await running.url('amqp')
    const client = createClient<any>(url, { timeoutMs: 60_000 })
    onTestFinished(() => client.close())
    const demo = client['demo'] as unknown as { greet(input: object): Promise<{ readonly text: string }> }
    expect(await demo.greet({})).toEqual({ text: 'one' })
    write({ 'app.ts': app('two') })
    await vi.waitUntil(async () => (await demo.greet({})).text === 'two', { timeout: 60_000 })
    running.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ exit: 0, error: '' })
  })
})
