import type { Consumer } from 'kafkajs'

/** Commits of a consumer: of each partition what is finished without a gap. */
export interface Commits {
  /** A message is in hand; what is returned says that it is finished. */
  take(topic: string, partition: number, offset: string): () => void
}

interface Progress {
  readonly topic: string
  readonly partition: number
  /** Offsets in hand, the oldest first. */
  readonly open: Set<number>
  next: number
  committed: number
}

/** What is finished in this time is committed together, in ms; ours has it too. */
const GATHER_MS = 10

/** Commits by hand, one after the other. */
export const createCommits = (consumer: Consumer): Commits => {
  const all = new Map<string, Progress>()
  let isBusy = false

  const due = (): readonly { topic: string; partition: number; offset: string }[] =>
    [...all.values()].flatMap((progress) => {
      const { topic, partition, open, next, committed } = progress
      const offset = open.size === 0 ? next : open.values().next().value!
      if (offset === committed) return []
      progress.committed = offset
      return [{ topic, partition, offset: String(offset) }]
    })
  const commit = async (): Promise<void> => {
    for (let offsets = due(); offsets.length > 0; offsets = due()) {
      await consumer.commitOffsets([...offsets])
      await new Promise((resolve) => setTimeout(resolve, GATHER_MS))
    }
    isBusy = false
  }
  return {
    take(topic, partition, offset) {
      const key = `${topic} ${partition}`
      const at = Number(offset)
      const progress = all.get(key) ?? { topic, partition, open: new Set(), next: at, committed: at }
      all.set(key, progress)
      progress.open.add(at)
      progress.next = at + 1
      return () => {
        progress.open.delete(at)
        if (isBusy) return
        isBusy = true
        setTimeout(() => void commit(), GATHER_MS)
      }
    },
  }
}
