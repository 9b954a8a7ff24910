import type { Parcel, ParcelMessage } from './letter.ts'

type Fold = (result: never, message: ParcelMessage, index: number, all: ParcelMessage[]) => unknown

/**
 * The messages of some parcels, one behind the other, each parcel of another partition. kafkajs 2.2.4 makes a list of each
 * partition's by folding all into an object of lists (`groupMessagesPerPartition`), and copies the list for each message,
 * which was a tenth of what it costs to send events. Here it folds the first of a parcel, and when that has come to a list
 * of this one, the parcel's own list takes its place. Any other fold is done as an array does it.
 */
export class GroupedMessages extends Array<ParcelMessage> {
  /** What is made of this one is a plain array. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }

  readonly #parcels: readonly Parcel[]

  constructor(parcels: readonly Parcel[]) {
    super()
    this.#parcels = parcels
    for (const { messages } of parcels) for (const message of messages) this.push(message)
  }

  // Gives `never`, for which all of an array's own overloads have room.
  override reduce(fold: Fold, ...initial: readonly unknown[]): never {
    if (initial.length === 0) return super.reduce(fold as never) as never
    let [result] = initial
    let index = 0
    for (const { messages, lane } of this.#parcels) {
      result = fold(result as never, messages[0]!, index, this)
      const rest = replaceList(result, lane.partition, messages) ? [] : messages.slice(1)
      for (const [place, message] of rest.entries())
        result = fold(result as never, message, index + 1 + place, this)
      index += messages.length
    }
    return result as never
  }
}

/** Whether a list of the first alone stood there, and all of them do now. */
function replaceList(lists: unknown, partition: number, messages: readonly ParcelMessage[]): boolean {
  if (typeof lists !== 'object' || lists === null) return false
  const list = (lists as Record<number, unknown>)[partition]
  if (!Array.isArray(list) || list.length !== 1 || list[0] !== messages[0]) return false
  ;(lists as Record<number, unknown>)[partition] = messages
  return true
}
