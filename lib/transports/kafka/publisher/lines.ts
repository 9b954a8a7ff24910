import type { CompressionTypes } from 'kafkajs'
import { RpcError } from '../../../core/errors.ts'
import { markNeverRan } from '../../../core/never-ran.ts'
import { failureToSend } from '../connection/failure.ts'
import type { KafkaSettings } from '../options.ts'
import { parcelOf, type Lane, type Letter, type Parcel } from './letter.ts'
import { halvesOf, lineTo, nextBatch, topicMessagesOf, type Batch, type Line } from './line.ts'
import { outcomeOf } from './outcome.ts'
import type { Routes } from './routes.ts'
import type { Sender } from './sender.ts'

/** What sends the lanes, broker by broker. */
export interface Lines {
  /** A lane has something to send. */
  wake(lane: Lane): void
  /** Fails what hangs in kafkajs beyond its time. */
  giveUp(now: number, failure: (topic: string) => RpcError): void
  /** Whether a batch of this sender is under way. */
  uses(sender: object): boolean
  /** Begins nothing any more. */
  close(): void
}

/** What the lines ask of the publisher. */
export interface Owner {
  readonly routes: Pick<Routes, 'leadersOf' | 'forget' | 'find'>
  current(): Sender
  /** It is used no more for what is new, and disconnected when nothing needs it. */
  retire(sender: object): void
  settle(letter: Letter, error?: RpcError): void
  /** The topic has only so many partitions. */
  stray(lane: Lane, partitions: number): void
}

/** kafkajs's numbers: they are an enum there. */
const compressions = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as unknown as Readonly<
  Record<KafkaSettings['compression'], CompressionTypes>
>

/** The shortest and the longest pause behind a failure, in ms. */
const pauseMs = { first: 50, most: 1_000 }

/** The most that is packed together for one partition, in bytes: brokers as they come refuse more than 1 MiB. */
const mostOfParcel = 900_000

/** Makes lines, none yet. */
export function createLines(owner: Owner, { address, compression, maxMessageBytes }: KafkaSettings): Lines {
  const lines = new Map<number, Line>()
  let isClosed = false

  const schedule = (line: Line): void => {
    if (line.isScheduled || line.batch || line.pause || isClosed) return
    line.isScheduled = true
    const begin = (): void => {
      line.isScheduled = false
      if (line.batch || line.pause || isClosed) return
      const batch = nextBatch(line, owner.current, Math.min(maxMessageBytes, mostOfParcel))
      if (!batch) return
      line.batch = batch
      line.isBusy = batch.letters > 1
      void go(line, batch)
    }
    // What a fetch has brought leads to many answers, which are made one behind the other: all of them go together.
    if (line.isBusy) setImmediate(begin)
    else queueMicrotask(begin)
  }
  const wake = (lane: Lane): void => {
    const { topic, partition, underway, letters, parcels } = lane
    if (underway || (letters.length === 0 && parcels.length === 0)) return
    const leaders = owner.routes.leadersOf(topic)
    if (!leaders) return owner.routes.find(topic)
    const leader = leaders[partition]
    if (leader === undefined) return owner.stray(lane, leaders.length)
    let line = lines.get(leader)
    if (!line) lines.set(leader, (line = lineTo(leader)))
    line.ready.add(lane)
    schedule(line)
  }

  const done = (parcel: Parcel, error?: RpcError): void => {
    for (const letter of parcel.letters) owner.settle(letter, error)
  }
  const again = (...parcels: Parcel[]): void => {
    for (const parcel of parcels) parcel.isDoubtful = parcel.reached
    parcels[0]!.lane.parcels.unshift(...parcels)
  }
  const refuse = (parcel: Parcel, cause: unknown): void => {
    const failure = failureToSend(address, parcel.lane.topic, cause)
    // That we may not send any more says nothing of what was sent before.
    if (!parcel.isDoubtful || outcomeOf(cause) === 'divisible') return done(parcel, failure)
    const text = `${failure.message}; it was sent before, and may be there`
    done(parcel, new RpcError('UNAVAILABLE', text, { cause }))
  }

  const go = async (line: Line, batch: Batch): Promise<void> => {
    let failure: { readonly cause: unknown } | undefined
    let isConnected = false
    try {
      const producer = await batch.sender.ready()
      isConnected = true
      batch.sender.mark(batch.parcels)
      await producer.sendBatch({
        acks: -1,
        compression: compressions[compression],
        topicMessages: topicMessagesOf(batch.parcels),
      })
    } catch (cause) {
      failure = { cause }
    }
    // It was given up meanwhile. kafkajs may have connected again for it, even where it was told to disconnect.
    if (line.batch !== batch) return owner.retire(batch.sender)
    line.batch = undefined
    for (const { lane } of batch.parcels) lane.underway = undefined
    if (!failure) {
      line.failures = 0
      for (const parcel of batch.parcels) done(parcel)
    } else if (isConnected) failed(line, batch, failure.cause)
    else unconnected(line, batch, failure.cause)
    for (const { lane } of batch.parcels) wake(lane)
    schedule(line)
  }

  const unconnected = (line: Line, { parcels }: Batch, cause: unknown): void => {
    const isOpen = outcomeOf(cause) === 'open'
    for (const parcel of parcels) isOpen ? again(parcel) : refuse(parcel, cause)
    rest(line)
  }
  const failed = (line: Line, { parcels, sender }: Batch, cause: unknown): void => {
    if (parcels.some(({ moved }) => moved)) {
      for (const parcel of parcels) again(parcel)
      return
    }
    const outcome = outcomeOf(cause)
    if (outcome === 'open') {
      for (const parcel of parcels) again(parcel)
      return rest(line)
    }
    if (outcome === 'unknown') {
      // A producer that has once heard of a topic asks for it for ever, and does nothing else while it is not there.
      if (parcels.every(({ asked }) => asked === undefined)) owner.retire(sender)
      for (const parcel of parcels) {
        owner.routes.forget(parcel.lane.topic)
        again(parcel)
      }
      return rest(line)
    }
    const [parcel, ...others] = parcels
    if (others.length > 0) {
      // Which of them it was is not said. A broker that has one already takes it for the repetition that it is.
      for (const one of parcels) again(Object.assign(one, { alone: true }))
      return
    }
    if (outcome === 'taken') done(parcel!)
    else if (outcome === 'fenced') {
      owner.retire(sender)
      again(parcelOf(parcel!.lane, parcel!.letters))
    } else if (outcome === 'divisible' && parcel!.letters.length > 1) again(...halvesOf(parcel!))
    else refuse(parcel!, cause)
  }
  const rest = (line: Line): void => {
    const ms = Math.min(pauseMs.most, pauseMs.first * 2 ** line.failures++)
    line.pause = setTimeout(() => {
      line.pause = undefined
      schedule(line)
    }, ms)
  }

  return {
    wake,
    giveUp(now, failure) {
      for (const line of lines.values()) {
        const { batch } = line
        if (!batch || now < batch.deadline) continue
        line.batch = undefined
        owner.retire(batch.sender)
        for (const parcel of batch.parcels) {
          parcel.lane.underway = undefined
          const error = failure(parcel.lane.topic)
          done(parcel, parcel.reached ? error : markNeverRan(error))
          wake(parcel.lane)
        }
        schedule(line)
      }
    },
    uses: (sender) => [...lines.values()].some(({ batch }) => batch?.sender === sender),
    close() {
      isClosed = true
      for (const { pause } of lines.values()) clearTimeout(pause)
    },
  }
}
