import { connect, type ConfirmChannel } from 'amqplib'
import type { RunningServer } from '../../harness/peer.ts'
import { citiesUpTo, cityOf, type City } from '../../data/city.ts'
import { createCounted } from '../counted.ts'
import { EVENT, eventQueueOf, openPlace, urlOf } from '../place.ts'
import { bodyOf, END, ITEM, PREFETCH, SOCKET, type Asked } from './messages.ts'

/** One message an item. Where the channel takes no more, it waits. */
const sendStream = async (
  channel: ConfirmChannel,
  { to, correlationId }: { to: string; correlationId: string },
  items: Iterable<City>,
): Promise<void> => {
  for (const item of items)
    if (!channel.publish('', to, bodyOf(item), { correlationId, type: ITEM }))
      await new Promise((resolve) => channel.once('drain', resolve))
  channel.publish('', to, bodyOf(null), { correlationId, type: END })
}

/**
 * The package amqplib and JSON by hand, with what our server guarantees: a request is acknowledged when the broker has
 * confirmed its answer, an event when it was handled. Nothing is checked; there is no middleware, metadata or deadline.
 */
export const startServer = async (): Promise<RunningServer> => {
  const place = openPlace('bare')
  const { queue, eventExchange } = place
  const eventQueue = eventQueueOf(place)
  const counted = createCounted()
  const connection = await connect(place.url, SOCKET)
  const requests = await connection.createChannel()
  const answers = await connection.createConfirmChannel()
  await requests.assertQueue(queue, { durable: true })
  await requests.assertExchange(eventExchange, 'direct', { durable: true })
  await requests.assertQueue(eventQueue, { durable: true })
  await requests.bindQueue(eventQueue, eventExchange, EVENT)
  await requests.prefetch(PREFETCH)
  await requests.consume(eventQueue, (message) => {
    if (!message) return
    counted.add(JSON.parse(message.content.toString()) as City)
    requests.ack(message)
  })
  await requests.consume(queue, (message) => {
    if (!message) return
    const { replyTo, correlationId } = message.properties as { replyTo: string; correlationId: string }
    const answer = (output: unknown) =>
      answers.publish('', replyTo, bodyOf(output), { correlationId, contentType: 'application/json' }, () =>
        requests.ack(message),
      )
    const asked = JSON.parse(message.content.toString()) as Asked
    if (asked.method === 'get') answer(cityOf(asked.input.id))
    else if (asked.method === 'handled') void counted.reach(asked.input.count).then(answer)
    else {
      requests.ack(message)
      void sendStream(answers, { to: replyTo, correlationId }, citiesUpTo(asked.input.limit))
    }
  })
  return { url: urlOf(place), close: () => connection.close() }
}
