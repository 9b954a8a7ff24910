import { Kafka, logLevel, type IHeaders } from 'kafkajs'

/** What a client asks for; the id of the call, and the partition where it reads its answers, are headers. */
export type Asked =
  | { readonly method: 'get'; readonly input: { readonly id: number } }
  | { readonly method: 'list'; readonly input: { readonly limit: number } }
  /** Answered with the sum over so many events, once they have all been handled. */
  | { readonly method: 'handled'; readonly input: { readonly count: number } }

/** Headers. */
export const ID = 'id'
export const PARTITION = 'partition'
export const TYPE = 'type'

/** The type of a stream's messages; an answer has none. */
export const ITEM = 'item'
export const END = 'end'

/** Reads a header; empty where it is not there. */
export const headerOf = (headers: IHeaders | undefined, name: string): string =>
  headers?.[name]?.toString() ?? ''

/** kafkajs with its defaults, silent. */
export const kafkaAt = (brokers: string[]): Kafka => new Kafka({ brokers, logLevel: logLevel.NOTHING })
