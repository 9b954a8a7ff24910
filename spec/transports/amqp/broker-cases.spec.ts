import { randomBytes } from 'node:crypto'
import { connect, type ChannelModel, type GetMessage } from 'amqplib'
import { amqp } from 'microapi-ts/amqp'
import { recordingLog, type BrokerHarness, type DeadLetter, type QueueOf } from 'microapi-ts/testing'
import { describeRabbitMq } from '../../brokers/rabbitmq.ts'
import { brokerConformance } from '../../testing/broker-cases.ts'
import { deleteQueues, openProxy } from './support.ts'

describeRabbitMq('RabbitMQ', (broker) => {
  const harness: BrokerHarness = {
    name: 'RabbitMQ',
    async start() {
      const prefix = `cases-${randomBytes(6).toString('hex')}`
      const eventExchange = `${prefix}-events`
      const proxy = await openProxy(broker.url)
      const bare = await connect(broker.url)
      const nameOf = ({ event, queue }: QueueOf): string => {
        const own = queue === undefined ? [] : [`${prefix}-${queue}`]
        return (event === undefined ? own : [eventExchange, event, ...own]).join('.')
      }
      return {
        transport: ({ queue, ...rest }) =>
          amqp({
            url: proxy.url,
            queue: nameOf({ queue }),
            eventExchange,
            reconnectMs: 20,
            log: recordingLog(),
            ...rest,
          }),
        nameOf,
        deadLetters: async (of) => (await peek(bare, `${nameOf(of)}.dead`)).map(letterOf),
        disconnect: async () => proxy.cut(),
        async close() {
          proxy.close()
          await bare.close()
          const ends = ['', '.dead', '.retry.20', '.retry.40', '.retry.1000']
          const all = sources.flatMap((of) => ends.map((end) => nameOf(of) + end))
          await deleteQueues(broker.url, all, [eventExchange])
        },
      }
    },
  }
  brokerConformance(harness, { atOnce: true })
})

/** All queues that the cases have. */
const sources: readonly QueueOf[] = [
  { queue: 'a' },
  { queue: 'b' },
  { event: 'orders.placed' },
  { event: 'orders.fleeting' },
  { event: 'orders.copied', queue: 'a' },
  { event: 'orders.copied', queue: 'b' },
]

/** What stands in a queue, which stays there; nothing where there is none. */
async function peek(connection: ChannelModel, queue: string): Promise<readonly GetMessage[]> {
  const channel = await connection.createChannel()
  let isOpen = true
  channel.on('error', () => {}).on('close', () => (isOpen = false))
  const messages: GetMessage[] = []
  try {
    for (;;) {
      const message = await channel.get(queue)
      if (message === false) return messages
      messages.push(message)
    }
  } catch (error) {
    if ((error as { code?: number }).code === 404) return []
    throw error
  } finally {
    // What was not acknowledged goes back.
    if (isOpen) await channel.close()
  }
}

function letterOf({ content, properties }: GetMessage): DeadLetter {
  const { service, method, payload, metadata } = JSON.parse(content.toString()) as DeadLetter
  const headers = (properties.headers ?? {}) as Record<string, unknown>
  return {
    service,
    method,
    payload,
    metadata,
    error: JSON.parse(String(headers['microapi-error'])) as DeadLetter['error'],
    attempts: Number(headers['microapi-attempts']),
    queue: String(headers['microapi-queue']),
    failedAt: Number(headers['microapi-failed-at']),
  }
}
