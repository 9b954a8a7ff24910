import { randomBytes } from 'node:crypto'
import { amqp } from 'microapi-ts/amqp'
import { transportHarness } from 'microapi-ts/testing'
import { afterAll } from 'vitest'
import { describeRabbitMq } from '../brokers/rabbitmq.ts'
import { deleteQueues } from './amqp/support.ts'
import { conformance, mostlyWaiting } from './conformance.ts'

describeRabbitMq('RabbitMQ', (broker) => {
  const queues: string[] = []
  const exchanges: string[] = []
  // Every case has queues of its own.
  const link = () => {
    const queue = `conformance-${randomBytes(6).toString('hex')}`
    const eventExchange = `${queue}-events`
    queues.push(queue, ...['happened', 'rang'].flatMap((name) => eventQueues(eventExchange, name)))
    exchanges.push(eventExchange)
    const options = { url: broker.url, queue, eventExchange }
    return { server: amqp(options), client: () => amqp(options) }
  }
  afterAll(() => deleteQueues(broker.url, queues, exchanges))
  conformance(
    transportHarness('RabbitMQ', link, {
      'new calls are UNAVAILABLE while the server drains and after it has closed':
        'they wait in the queue for another server, until their deadlines',
    }),
    { atOnce: mostlyWaiting },
  )
})

/** The queues that an event of the conformance app may have. */
function eventQueues(exchange: string, name: string): string[] {
  const queue = `${exchange}.events.${name}`
  return [queue, `${queue}.dead`, `${queue}.retry.1000`]
}
