import type { EachBatchPayload, IHeaders } from 'kafkajs'
import { createCounted } from '../../amqp/counted.ts'
import { citiesUpTo, cityOf, type City } from '../../data/city.ts'
import type { RunningServer } from '../../harness/peer.ts'
import { eventTopicOf, openPlace, urlOf } from '../place.ts'
import { createTopics } from '../topics.ts'
import { END, headerOf, ID, ITEM, kafkaAt, PARTITION, TYPE, type Asked } from './messages.ts'
import { openOutbox } from './outbox.ts'
import { createCommits } from './prefix.ts'

/** So many items of a stream are sent at once; the next ones when the brokers have confirmed them. */
const CHUNK = 250

/**
 * kafkajs and JSON by hand, with what our server guarantees: a request is finished when all replicas in sync have its answer,
 * an event when it was handled, and of each partition what is finished without a gap is committed. Nothing is checked; there
 * is no middleware, metadata or deadline, and nobody would come back from an error.
 */
export const startServer = async (): Promise<RunningServer> => {
  const place = openPlace('bare')
  const { topic, replyTopic } = place
  const eventTopic = eventTopicOf(place)
  const counted = createCounted()
  const kafka = kafkaAt(place.brokers)
  await createTopics(kafka, [topic, replyTopic, eventTopic])
  const { producer, send } = await openOutbox(kafka)
  const consumer = kafka.consumer({
    groupId: `${topic}-server`,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 250,
  })
  const { take } = createCommits(consumer)

  const answer = (headers: IHeaders | undefined, output: unknown, type?: string): Promise<void> =>
    send(replyTopic, {
      partition: Number(headerOf(headers, PARTITION)),
      value: JSON.stringify(output),
      headers: { [ID]: headerOf(headers, ID), ...(type !== undefined && { [TYPE]: type }) },
    })
  const sendStream = async (headers: IHeaders | undefined, items: Iterable<City>): Promise<void> => {
    let chunk: Promise<void>[] = []
    for (const item of items) {
      if (chunk.push(answer(headers, item, ITEM)) < CHUNK) continue
      await Promise.all(chunk)
      chunk = []
    }
    await Promise.all([...chunk, answer(headers, null, END)])
  }
  const run = (headers: IHeaders | undefined, { method, input }: Asked): Promise<void> => {
    if (method === 'get') return answer(headers, cityOf(input.id))
    if (method === 'handled') return counted.reach(input.count).then((sum) => answer(headers, sum))
    return sendStream(headers, citiesUpTo(input.limit))
  }
  const eachBatch = async ({ batch, resolveOffset }: EachBatchPayload): Promise<void> => {
    for (const { offset, headers, value } of batch.messages) {
      const done = take(batch.topic, batch.partition, offset)
      const read: unknown = JSON.parse(value!.toString())
      if (batch.topic === topic) void run(headers, read as Asked).then(done)
      else {
        counted.add(read as City)
        done()
      }
    }
    resolveOffset(batch.messages.at(-1)!.offset)
  }
  await consumer.connect()
  await consumer.subscribe({ topics: [topic, eventTopic], fromBeginning: true })
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
  return {
    url: urlOf(place),
    close: () => Promise.all([consumer.disconnect(), producer.disconnect()]),
  }
}
