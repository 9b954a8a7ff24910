import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What processes that are measured find in their environment: the broker's address, and the folder where places are noted. */
export const variables = { url: 'BENCH_AMQP_URL', notes: 'BENCH_AMQP_NOTES' } as const

/** Where a server and its clients meet. */
export interface Place {
  /** Of the broker. */
  readonly url: string
  /** Takes requests. */
  readonly queue: string
  /** Takes events. */
  readonly eventExchange: string
}

/** The one event, as our service `events` names it. */
export const EVENT = 'events.passed'

/** The queue of the one event. */
export const eventQueueOf = ({ eventExchange }: Place): string => `${eventExchange}.${EVENT}`

const read = (name: string): string => {
  const value = process.env[name]
  if (value === undefined) throw new Error(`${name} is not set: bench/amqp/broker.ts does it`)
  return value
}

/** The place that a name stands for. */
export const placeOf = (url: string, name: string): Place => ({
  url,
  queue: name,
  eventExchange: `${name}-events`,
})

/** A place for the server of this process alone, noted for who tidies up. */
export const openPlace = (peer: string): Place => {
  const name = `bench-${peer}-${process.pid}`
  writeFileSync(join(read(variables.notes), name), '')
  return placeOf(read(variables.url), name)
}

/** What a server tells its clients in place of an address: our transport takes it as it is. */
export const urlOf = ({ url, queue, eventExchange }: Place): string =>
  `${url}?${new URLSearchParams({ queue, eventExchange }).toString()}`

/** The place that a server told. */
export const placeAt = (told: string): Place => {
  const { searchParams } = new URL(told)
  return placeOf(told.split('?', 1)[0]!, searchParams.get('queue')!)
}
