import type { Batch, KafkaMessage } from 'kafkajs'

/** What of a fetch may be handled, and where reading goes on. */
export interface Decided {
  readonly messages: readonly KafkaMessage[]
  readonly next: number
}

/** Says it of a fetch of a partition; undefined where it is to be fetched again first. */
export type Decide = (holding: object, batch: Batch) => Decided | undefined

/** A record as kafkajs has it, beside what its types say. */
type RawRecord = KafkaMessage & {
  /** The mark that a transaction of its producer has ended; its key says how. */
  readonly isControlRecord?: boolean
  readonly batchContext?: { readonly inTransaction?: boolean; readonly producerId?: string }
}

/** All that was fetched, marks and what was aborted too. */
type RawBatch = Batch & { readonly messagesWithinOffset?: readonly RawRecord[] }

/** So long the mark of a transaction is waited for, in ms: it comes when another, older one has ended. */
const patienceMs = 1_000

/**
 * Makes what leaves out the records of transactions that were aborted. kafkajs does so itself, and lets some through where
 * several were aborted that had run at once: it takes the brokers' list of them for one in the order of their beginnings,
 * which is one of their ends. So the marks in the log decide, which stand behind the records; a record whose mark was not fetched
 * is fetched again, and let be what kafkajs takes it for where that lasts.
 */
export function createDecide(now: () => number = Date.now): Decide {
  const stuck = new WeakMap<object, { readonly offset: number; readonly since: number }>()
  const mayWait = (holding: object, offset: number): boolean => {
    const known = stuck.get(holding)
    if (known?.offset === offset) return now() - known.since < patienceMs
    stuck.set(holding, { offset, since: now() })
    return true
  }
  return (holding, batch) => {
    const next = Number(batch.lastOffset()) + 1
    const raw = (batch as RawBatch).messagesWithinOffset
    if (!raw?.some(({ batchContext }) => batchContext?.inTransaction))
      return { messages: batch.messages, next }
    const fates = fatesOf(raw)
    const open = raw.findIndex((_, at) => fates[at] === 'open')
    if (open < 0) return { messages: raw.filter((_, at) => fates[at] === 'committed'), next }
    const offset = Number(raw[open]!.offset)
    if (open > 0)
      return { messages: raw.slice(0, open).filter((_, at) => fates[at] === 'committed'), next: offset }
    if (mayWait(holding, offset)) return undefined
    const shown = new Set(batch.messages)
    const isKept = (record: RawRecord, at: number): boolean =>
      fates[at] === 'committed' || (fates[at] === 'open' && shown.has(record))
    return { messages: raw.filter(isKept), next }
  }
}

type Fate = 'committed' | 'aborted' | 'open' | 'mark'

/** What has become of each record; `open` where the mark of its transaction is not among them. */
function fatesOf(raw: readonly RawRecord[]): readonly Fate[] {
  const fates: Fate[] = []
  const ends = new Map<string | undefined, Fate>()
  for (let at = raw.length - 1; at >= 0; at--) {
    const { isControlRecord, batchContext, key } = raw[at]!
    const { inTransaction = false, producerId } = batchContext ?? {}
    // @see https://kafka.apache.org/documentation/#controlbatch: a version and a type of two bytes each.
    if (isControlRecord) ends.set(producerId, key?.at(3) === 0 ? 'aborted' : 'committed')
    fates[at] = isControlRecord ? 'mark' : inTransaction ? (ends.get(producerId) ?? 'open') : 'committed'
  }
  return fates
}
