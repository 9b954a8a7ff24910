import { Buffer } from 'node:buffer'
import type { Message } from 'kafkajs'
import type { RpcError } from '../../../core/errors.ts'

/** One message to be sent. */
export interface Outgoing {
  readonly topic: string
  /** Chosen by the key where it is left out, as Java's clients do it; without a key, by turns. */
  readonly partition?: number
  readonly key: string | Buffer | null
  readonly value: string | Buffer | null
  readonly headers?: Readonly<Record<string, string | Buffer>>
}

/**
 * Told once of a message: no error when all replicas in sync have it, else why not. `place` is what it was sent with, so
 * that one function may hear of many.
 */
export type Sent = (error: RpcError | undefined, place: number) => void

/** A message on its way. It holds nothing of the {@link Outgoing} but what goes out: thousands may wait. */
export interface Letter {
  readonly topic: string
  readonly partition: number | undefined
  readonly key: string | Buffer | null
  /** As bytes: kafkajs measures a text three times, and one that waits is in the way of the collector. */
  readonly value: Buffer | null
  readonly headers: Outgoing['headers']
  /** What it takes in a batch, in bytes, or a little more. */
  readonly bytes: number
  /** When it is given up, in ms since 1970. */
  readonly deadline: number
  readonly sent: Sent | undefined
  readonly place: number
}

/** Who hears of a letter, and until when it may take. */
export interface Sending {
  /** In ms since 1970. */
  readonly deadline: number
  readonly sent: Sent | undefined
  readonly place: number
}

/** The messages of one partition that go as one batch: all of them are taken, or none. What has been sent once is never divided or joined while it may be there. */
export interface Parcel {
  readonly lane: Lane
  readonly letters: readonly Letter[]
  /** What kafkajs is given: made once, since a repetition must be the same. */
  readonly messages: readonly ParcelMessage[]
  /** Who sent it first: to the broker a repetition is one only from the same producer. */
  via?: object
  /** Whether it may have gone out. */
  reached: boolean
  /** Whether it goes again, and may be there from before. */
  isDoubtful: boolean
  /** It goes without others, since one of those that it went with is not taken. */
  alone: boolean
  /** The broker that it is sent to now. */
  leader: number
  /** What kafkajs knew of the topic when it last asked about this parcel. */
  asked: object | undefined
  /** Another broker has the partition now. */
  moved: boolean
}

/** kafkajs hands a message to the partitioner, which finds its parcel by this. */
export interface ParcelMessage extends Message {
  readonly parcel: Parcel
}

/** What goes to one partition, in its order. */
export interface Lane {
  readonly topic: string
  readonly partition: number
  letters: Letter[]
  /** They go before the letters. */
  readonly parcels: Parcel[]
  /** What of it is being sent. */
  underway: Parcel | undefined
}

const overhead = 80

/** Makes a letter. */
export function letterOf(outgoing: Outgoing, { deadline, sent, place }: Sending): Letter {
  const { topic, partition, key, headers } = outgoing
  const value = typeof outgoing.value === 'string' ? Buffer.from(outgoing.value) : outgoing.value
  let bytes = overhead + lengthOf(key) + lengthOf(value)
  for (const name in headers) bytes += 10 + name.length + lengthOf(headers[name]!)
  return { topic, partition, key, value, headers, bytes, deadline, sent, place }
}

function lengthOf(value: string | Buffer | null): number {
  return value === null ? 0 : typeof value === 'string' ? Buffer.byteLength(value) : value.length
}

/** Packs letters of one lane. */
export function parcelOf(lane: Lane, letters: readonly Letter[], via?: object): Parcel {
  const messages: ParcelMessage[] = []
  const parcel: Parcel = {
    lane,
    letters,
    messages,
    reached: false,
    isDoubtful: false,
    alone: false,
    leader: -1,
    asked: undefined,
    moved: false,
  }
  if (via) parcel.via = via
  const { partition } = lane
  for (const { key, value, headers } of letters) {
    messages.push(headers ? { key, value, partition, headers, parcel } : { key, value, partition, parcel })
  }
  return parcel
}
