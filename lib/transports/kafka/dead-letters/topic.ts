import type { Admin } from 'kafkajs'
import { toRpcError } from '../../../core/errors.ts'
import {
  originIsGone,
  originOf,
  type DeadLetter,
  type DeadLetterQueue,
  type OpenOptions,
} from '../../../wire/broker/dead-letters.ts'
import { unrunPauseMs } from '../../../wire/broker/handle-delivery.ts'
import { clampMarks, countUnmarked, isMarked, mark, readMarks, unmarked, type Marks } from './marks.ts'
import { openRecords, type RecordReader, type Span } from './reader.ts'
import { letterOf, replayHeaders, type DeadRecord } from './record.ts'
import { openReplayer, replayGroup } from './replayer.ts'
import { failureOfTopics, failureToPrepare } from '../connection/failure.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import type { KafkaSettings } from '../options.ts'
import { whenReady } from '../reader/start.ts'
import { findTopics } from '../topics.ts'
import { retryTopicOf } from '../topics-of.ts'

/** A cluster, and a connection to ask it. */
export interface DeadLetterCluster {
  readonly kafka: KafkaLike
  readonly settings: KafkaSettings
  readonly admin: Admin
}

/** How long brokers may be unable to say where a topic and its group stand, in ms. */
const patienceMs = 10_000

/** Opens a topic of dead letters. Rejects with NOT_FOUND where there is none. */
export async function openDeadTopic(
  { kafka, settings, admin }: DeadLetterCluster,
  name: string,
  { forReplay = false, fromStart = false }: OpenOptions = {},
): Promise<DeadLetterQueue> {
  const origin = originOf(name)
  // What several apps have copies of comes back to the one that failed by its own topic of pauses: nobody else reads that.
  const own = retryTopicOf(origin, unrunPauseMs)
  const there = await findTopics(kafka, [name, origin, own], settings)
  if (!there.has(name)) throw failureOfTopics(settings.address, [name])
  const to = there.has(origin) ? origin : own
  if (forReplay && !there.has(to)) throw originIsGone('topic', origin, settings.address)

  // Before it is asked what was sent back: from then on nobody else sends any.
  const replayer = forReplay ? await openReplayer(kafka, settings, name) : undefined
  const { spans, marks, count } = await look(admin, name, { forReplay, fromStart }).catch(
    async (cause: unknown) => {
      await replayer?.close()
      throw failureToPrepare(settings.address, [name], cause)
    },
  )
  const records = new WeakMap<DeadLetter, DeadRecord>()
  let reader: Promise<RecordReader> | undefined
  /** Where all begins anew that is committed for all partitions, with the first that is sent. */
  let isAnew = fromStart

  const send = async (letters: readonly DeadLetter[]): Promise<void> => {
    const all = letters.map((letter) => records.get(letter)!)
    const next = new Map(isAnew ? marks : [])
    for (const { partition, offset } of all)
      next.set(partition, mark(next.get(partition) ?? marks.get(partition)!, [offset]))
    const messages = all.map(({ message }) => ({
      key: message.key,
      value: message.value,
      headers: replayHeaders(message),
    }))
    await replayer!.send(to, messages, next)
    isAnew = false
    for (const [partition, made] of next) marks.set(partition, made)
  }
  return {
    name,
    count,
    origin,
    async next() {
      if (count === 0) return undefined
      reader ??= openRecords(kafka, settings, name, spans)
      for (;;) {
        const record = await (await reader).next()
        if (!record) return undefined
        const isReplayed = isMarked(marks.get(record.partition)!, record.offset)
        if (isReplayed && !fromStart) continue
        const letter = letterOf(record, isReplayed)
        records.set(letter, record)
        return letter
      }
    },
    async replay(letters) {
      try {
        await send(letters)
        return letters.map(() => undefined)
      } catch (thrown) {
        const error = toRpcError(thrown)
        // It may be one of them that is not taken; without the connection it is all.
        if (letters.length === 1 || error.code === 'UNAVAILABLE') return letters.map(() => error)
        const outcomes = []
        for (const letter of letters) outcomes.push(await send([letter]).catch(toRpcError))
        return outcomes.map((outcome) => outcome ?? undefined)
      }
    },
    async close() {
      await Promise.all([reader?.then((open) => open.close()).catch(() => {}), replayer?.close()])
    },
  }
}

/** What there is of a topic. */
interface Found {
  readonly spans: ReadonlyMap<number, Span>
  /** What of each partition was sent back; nothing where all begins anew. */
  readonly marks: Map<number, Marks>
  readonly count: number
}

async function look(
  admin: Admin,
  name: string,
  { forReplay, fromStart }: { readonly forReplay: boolean; readonly fromStart: boolean },
): Promise<Found> {
  const signal = AbortSignal.timeout(patienceMs)
  const offsets = await whenReady(() => admin.fetchTopicOffsets(name), signal)
  const groupId = replayGroup
  const [committed] = await whenReady(() => admin.fetchOffsets({ groupId, topics: [name] }), signal)
  const kept = new Map(committed?.partitions.map((one) => [one.partition, one]))
  const spans = new Map<number, Span>()
  const marks = new Map<number, Marks>()
  let count = 0
  for (const { partition, low, high } of offsets) {
    const [first, to] = [Number(low), Number(high)]
    const { offset, metadata } = kept.get(partition) ?? { offset: -1, metadata: null }
    const mine = clampMarks(
      forReplay && fromStart ? unmarked : readMarks(Number(offset), metadata),
      first,
      to,
    )
    const from = fromStart ? first : mine.from
    marks.set(partition, mine)
    if (to > from) spans.set(partition, { from, to })
    count += fromStart ? to - first : countUnmarked(mine, from, to)
  }
  return { spans, marks, count }
}
