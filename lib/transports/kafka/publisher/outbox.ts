import type { RpcError } from '../../../core/errors.ts'
import { markNeverRan } from '../../../core/never-ran.ts'
import { failureOfPartition } from '../connection/failure.ts'
import type { Lane, Letter } from './letter.ts'
import { partitionOf } from './partition.ts'
import type { Routes } from './routes.ts'

/** Letters that have not been sent, or may have to be sent again. */
export interface Outbox {
  /** Puts a letter behind those of its partition; where the topic is not known yet, behind those that wait for it. */
  place(letter: Letter): void
  /** A topic has been looked for. */
  heard(topic: string, failure: RpcError | undefined): void
  /** Fails what a lane has, since there are only so many partitions. */
  stray(lane: Lane, partitions: number): void
  /** Fails what is past its time, or all; `giveUp` hears of senders that had sent such a thing. */
  expire(now: number, failure: (topic: string) => RpcError, giveUp: (via: object) => void): void
  /** Whether something of this sender is to be sent again. */
  holds(via: object): boolean
}

/** What an outbox needs of its publisher. */
export interface Office {
  readonly address: string
  readonly routes: Pick<Routes, 'leadersOf' | 'find'>
  readonly wake: (lane: Lane) => void
  readonly settle: (letter: Letter, error: RpcError) => void
}

/** Makes an outbox, empty. */
export function createOutbox({ address, routes, wake, settle }: Office): Outbox {
  /** By topic, by partition. */
  const lanes = new Map<string, Lane[]>()
  /** Until their topic is found. */
  const waiting = new Map<string, Letter[]>()
  let turns = 0

  const laneOf = (topic: string, partition: number): Lane => {
    let ofTopic = lanes.get(topic)
    if (!ofTopic) lanes.set(topic, (ofTopic = []))
    return (ofTopic[partition] ??= { topic, partition, letters: [], parcels: [], underway: undefined })
  }
  const lanesOf = (topic: string): readonly Lane[] => lanes.get(topic)?.filter(Boolean) ?? []
  const settleAll = (letters: readonly Letter[], error: RpcError): void => {
    for (const letter of letters) settle(letter, error)
  }
  const drop = (lane: Lane, error: RpcError): void => {
    for (const { letters } of lane.parcels.splice(0)) settleAll(letters, error)
    settleAll(lane.letters.splice(0), error)
  }
  const place = (letter: Letter): void => {
    const { topic, key, partition } = letter
    const leaders = routes.leadersOf(topic)
    if (!leaders) {
      const others = waiting.get(topic)
      if (others) others.push(letter)
      else waiting.set(topic, [letter])
      return routes.find(topic)
    }
    const { length } = leaders
    const chosen = partition ?? (key === null ? turns++ % length : partitionOf(key, length))
    if (!(chosen in leaders)) return settle(letter, failureOfPartition(address, topic, chosen, length))
    const lane = laneOf(topic, chosen)
    lane.letters.push(letter)
    // Also where others wait there: the partition may have another leader since they came.
    wake(lane)
  }

  return {
    place,
    heard(topic, failure) {
      // It is looked for again until the letters are past their time.
      if (failure?.code === 'UNAVAILABLE') return
      const letters = waiting.get(topic) ?? []
      waiting.delete(topic)
      if (failure) {
        for (const lane of lanesOf(topic)) drop(lane, failure)
        lanes.delete(topic)
        return settleAll(letters, failure)
      }
      for (const lane of lanesOf(topic)) wake(lane)
      for (const letter of letters) place(letter)
    },
    stray(lane, partitions) {
      drop(lane, failureOfPartition(address, lane.topic, lane.partition, partitions))
    },
    expire(now, failure, giveUp) {
      for (const [topic, letters] of waiting) {
        const late = letters.splice(0, expired(letters, now))
        settleAll(late, markNeverRan(failure(topic)))
        if (letters.length > 0) routes.find(topic)
        else waiting.delete(topic)
      }
      for (const topic of lanes.keys()) {
        for (const lane of lanesOf(topic)) {
          const { parcels, letters } = lane
          while (parcels[0] && parcels[0].letters.at(-1)!.deadline <= now) {
            const parcel = parcels.shift()!
            if (parcel.via) giveUp(parcel.via)
            settleAll(parcel.letters, parcel.reached ? failure(topic) : markNeverRan(failure(topic)))
          }
          settleAll(letters.splice(0, expired(letters, now)), markNeverRan(failure(topic)))
          wake(lane)
        }
      }
    },
    holds: (via) =>
      [...lanes.keys()].some((topic) =>
        lanesOf(topic).some(({ parcels }) => parcels.some((parcel) => parcel.via === via)),
      ),
  }
}

/** How many at the beginning are past their time. */
function expired(letters: readonly Letter[], now: number): number {
  const index = letters.findIndex(({ deadline }) => deadline > now)
  return index === -1 ? letters.length : index
}
