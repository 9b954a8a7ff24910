import type { TopicMessages } from 'kafkajs'
import { GroupedMessages } from './grouped.ts'
import { parcelOf, type Lane, type Parcel } from './letter.ts'
import type { Sender } from './sender.ts'

/** What goes to one broker: one batch after the other, and what comes meanwhile makes the next one. */
export interface Line {
  readonly leader: number
  /** Lanes that have something to send, in the order in which they came to have it. */
  readonly ready: Set<Lane>
  batch: Batch | undefined
  /** How often it failed in a row. */
  failures: number
  /** It sends again when this is over. */
  pause: ReturnType<typeof setTimeout> | undefined
  isScheduled: boolean
  /** Whether its last batch had several letters: then one is rarely alone. */
  isBusy: boolean
}

/** What goes together. */
export interface Batch {
  readonly parcels: readonly Parcel[]
  readonly sender: Sender
  /** How many, in all parcels. */
  readonly letters: number
  /** When its last letter is given up, in ms since 1970. */
  readonly deadline: number
}

/** The most of one batch. */
const most = { bytes: 4_000_000, letters: 1_000 }

/** Begins a line to a broker. */
export function lineTo(leader: number): Line {
  return {
    leader,
    ready: new Set(),
    batch: undefined,
    failures: 0,
    pause: undefined,
    isScheduled: false,
    isBusy: false,
  }
}

/**
 * Takes the next batch out of the lanes: of each what is next, at most `parcelBytes` of it. Parcels that have been sent
 * go by the producer that sent them, those that must, alone.
 */
export function nextBatch(line: Line, current: () => Sender, parcelBytes: number): Batch | undefined {
  const parcels: Parcel[] = []
  let via: Sender | undefined
  let bytes = 0
  let letters = 0
  let deadline = 0
  for (const lane of line.ready) {
    const waiting = lane.parcels[0]
    if (waiting && parcels.length > 0 && (waiting.alone || (waiting.via ?? via) !== via)) continue
    const parcel = waiting ?? takeFrom(lane, parcelBytes)
    if (waiting) lane.parcels.shift()
    line.ready.delete(lane)
    if (!parcel) continue
    via ??= (parcel.via as Sender | undefined) ?? current()
    lane.underway = parcel
    parcel.leader = line.leader
    parcel.asked = undefined
    parcel.moved = false
    parcels.push(parcel)
    letters += parcel.letters.length
    for (const letter of parcel.letters) bytes += letter.bytes
    deadline = Math.max(deadline, parcel.letters.at(-1)!.deadline)
    if (parcel.alone || bytes >= most.bytes || letters >= most.letters) break
  }
  return via && { parcels, sender: via, letters, deadline }
}

function takeFrom(lane: Lane, parcelBytes: number): Parcel | undefined {
  let bytes = 0
  let count = 0
  for (const letter of lane.letters) {
    bytes += letter.bytes
    if (count > 0 && (bytes > parcelBytes || count >= most.letters)) break
    count++
  }
  return count === 0 ? undefined : parcelOf(lane, lane.letters.splice(0, count))
}

/** What kafkajs is given of a batch. */
export function topicMessagesOf(parcels: readonly Parcel[]): TopicMessages[] {
  const byTopic = new Map<string, Parcel[]>()
  for (const parcel of parcels) {
    const { topic } = parcel.lane
    const others = byTopic.get(topic)
    if (others) others.push(parcel)
    else byTopic.set(topic, [parcel])
  }
  return [...byTopic].map(([topic, all]) => ({ topic, messages: new GroupedMessages(all) }))
}

/** Divides a parcel that is certainly not there. */
export function halvesOf({ lane, letters }: Parcel): [Parcel, Parcel] {
  const middle = letters.length >> 1
  return [parcelOf(lane, letters.slice(0, middle)), parcelOf(lane, letters.slice(middle))]
}
