import { Buffer } from 'node:buffer'

/** What stands before the topics, in bytes. */
const head = 10

/** Of a partition, in bytes: its number, its error and three offsets; an aborted transaction; the replica to prefer. */
const sizes = { offsets: 30, abortedTransaction: 16, replica: 4 }

/** No other one. */
const noReplica = -1

/**
 * Takes out of the response to a Fetch request, version 11, those partitions of which there is nothing to say: no record,
 * no error, no other replica to read from. What cannot be read is given back as it is.
 * @see https://kafka.apache.org/protocol.html#The_Messages_Fetch
 */
export function withoutEmpty(response: Buffer): Buffer {
  try {
    return withoutThem(response)
  } catch (error) {
    // Beyond its end, or no length.
    if (error instanceof RangeError) return response
    throw error
  }
}

function withoutThem(response: Buffer): Buffer {
  const runs: Buffer[] = []
  const counts: { readonly at: number; readonly count: number }[] = []
  let kept = 0
  let from = 0
  const keepTo = (end: number): void => {
    runs.push(response.subarray(from, end))
    kept += end - from
  }
  const topics = response.readInt32BE(head)
  let at = head + 4
  for (let topic = 0; topic < topics; topic++) {
    at += 2 + sound(response.readInt16BE(at))
    const countAt = kept + at - from
    const count = response.readInt32BE(at)
    at += 4
    let left = count
    for (let partition = 0; partition < count; partition++) {
      const start = at
      const isFine = response.readInt16BE(start + 4) === 0
      at += sizes.offsets
      at += 4 + sound(response.readInt32BE(at)) * sizes.abortedTransaction
      const isHere = response.readInt32BE(at) === noReplica
      at += sizes.replica
      const bytes = response.readInt32BE(at)
      at += 4 + Math.max(0, bytes)
      if (bytes > 0 || !isFine || !isHere) continue
      keepTo(start)
      from = at
      left--
    }
    if (left < count) counts.push({ at: countAt, count: left })
  }
  if (counts.length === 0) return response
  keepTo(response.length)
  const result = Buffer.concat(runs, kept)
  for (const { at: place, count } of counts) result.writeInt32BE(count, place)
  return result
}

/** A length as a number of things: that there are none is -1. */
function sound(length: number): number {
  if (length < -1) throw new RangeError(`no length: ${length}`)
  return Math.max(0, length)
}
