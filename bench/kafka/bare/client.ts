import type { City, Summary } from '../../data/city.ts'
import type { PeerClient } from '../../harness/peer.ts'
import { publishInBatches } from '../batches.ts'
import { eventTopicOf, PARTITIONS, placeAt } from '../place.ts'
import { END, headerOf, ID, ITEM, kafkaAt, PARTITION, TYPE, type Asked } from './messages.ts'
import { openOutbox } from './outbox.ts'
import { readPartition } from './reader.ts'

interface Waiting {
  take?(item: City): void
  resolve(output: unknown): void
  reject(error: Error): void
}

/** One producer, a partition of answers, and a Map of the calls that wait for theirs. A stream of messages is one of events. */
export const createClient = async (told: string): Promise<PeerClient> => {
  const place = placeAt(told)
  const { topic, replyTopic } = place
  const eventTopic = eventTopicOf(place)
  const kafka = kafkaAt(place.brokers)
  const waiting = new Map<string, Waiting>()
  const partition = process.pid % PARTITIONS
  let last = 0

  const consumer = await readPartition(kafka, { topic: replyTopic, partition }, ({ headers, value }) => {
    const id = headerOf(headers, ID)
    const call = waiting.get(id)
    const type = headerOf(headers, TYPE)
    const output: unknown = JSON.parse(value!.toString())
    if (type === ITEM) return call?.take?.(output as City)
    waiting.delete(id)
    call?.resolve(type === END ? undefined : output)
  })
  const { producer, send } = await openOutbox(kafka)
  const call = <Output>(asked: Asked, take?: (item: City) => void): Promise<Output> => {
    const id = `${partition}-${++last}`
    const answer = new Promise<unknown>((resolve, reject) => {
      waiting.set(id, { resolve, reject, ...(take && { take }) })
    })
    const headers = { [ID]: id, [PARTITION]: String(partition) }
    send(topic, { value: JSON.stringify(asked), headers }).catch((error: Error) =>
      waiting.get(id)?.reject(error),
    )
    return answer as Promise<Output>
  }
  return {
    unary: (id) => call<City>({ method: 'get', input: { id } }),
    serverStream: async (limit) => {
      const summary = { count: 0, population: 0 }
      await call<void>({ method: 'list', input: { limit } }, (city) => {
        summary.count++
        summary.population += city.population
      })
      return summary
    },
    clientStream: async (count) => {
      await publishInBatches(count, (cities) =>
        producer.sendBatch({
          acks: -1,
          topicMessages: [
            {
              topic: eventTopic,
              messages: cities.map((city, index) => ({
                partition: index % PARTITIONS,
                value: JSON.stringify(city),
              })),
            },
          ],
        }),
      )
      return call<Summary>({ method: 'handled', input: { count } })
    },
    close: () => Promise.all([consumer.disconnect(), producer.disconnect()]),
  }
}
