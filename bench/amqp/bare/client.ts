import { connect } from 'amqplib'
import type { PeerClient } from '../../harness/peer.ts'
import type { City, Summary } from '../../data/city.ts'
import { publishInBatches } from '../batches.ts'
import { EVENT, placeAt } from '../place.ts'
import { bodyOf, DIRECT_REPLY, END, ITEM, SOCKET, type Asked } from './messages.ts'

interface Waiting {
  take?(item: City): void
  resolve(output: unknown): void
  reject(error: Error): void
}

/**
 * One connection, direct reply-to, and a Map of the calls that wait for their answers; what no queue takes fails. A stream
 * of messages is one of events, each confirmed by the broker.
 */
export const createClient = async (told: string): Promise<PeerClient> => {
  const { url, queue, eventExchange } = placeAt(told)
  const connection = await connect(url, SOCKET)
  const channel = await connection.createChannel()
  const sending = await connection.createConfirmChannel()
  const waiting = new Map<string, Waiting>()
  let last = 0

  await channel.consume(
    DIRECT_REPLY,
    (message) => {
      if (!message) return
      const { correlationId, type } = message.properties as { correlationId: string; type?: string }
      const call = waiting.get(correlationId)
      const output: unknown = JSON.parse(message.content.toString())
      if (type === ITEM) return call?.take?.(output as City)
      waiting.delete(correlationId)
      call?.resolve(type === END ? undefined : output)
    },
    { noAck: true },
  )
  channel.on('return', ({ properties }) => {
    waiting.get(String(properties.correlationId))?.reject(new Error('there is no such queue'))
  })
  connection.on('error', () => {})
  connection.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('the connection was closed'))
    waiting.clear()
  })
  const call = <Output>(asked: Asked, take?: (item: City) => void): Promise<Output> => {
    const correlationId = String(++last)
    const answer = new Promise<unknown>((resolve, reject) => {
      waiting.set(correlationId, { resolve, reject, ...(take && { take }) })
    })
    const options = { replyTo: DIRECT_REPLY, correlationId, contentType: 'application/json', mandatory: true }
    channel.publish('', queue, bodyOf(asked), options)
    return answer as Promise<Output>
  }
  const publish = (city: City): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = { contentType: 'application/json', persistent: true, mandatory: true }
      sending.publish(eventExchange, EVENT, bodyOf(city), options, (error: Error | null) =>
        error === null ? resolve() : reject(error),
      )
    })
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
      await publishInBatches(count, publish)
      return call<Summary>({ method: 'handled', input: { count } })
    },
    close: () => connection.close(),
  }
}
