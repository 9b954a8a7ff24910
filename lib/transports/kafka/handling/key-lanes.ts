/** Runs what shares a key one after the other, and all else at once. */
export interface KeyLanes {
  /** `job` is told what to call when it has ended: once, however it ends. */
  run(key: string, job: Job): void
}

/** What has a turn, and says when it is over. */
export type Job = (ended: () => void) => void

/** Makes lanes, none yet. */
export function createKeyLanes(): KeyLanes {
  /** What waits for its turn, by key; a lane stands there as long as something of it runs. */
  const lanes = new Map<string, Job[]>()
  const next = (key: string): void => {
    const job = lanes.get(key)!.shift()
    if (job) start(key, job)
    else lanes.delete(key)
  }
  // In a turn of its own: a thousand that end at once would stand on each other's shoulders.
  const start = (key: string, job: Job): void => job(() => queueMicrotask(() => next(key)))
  return {
    run(key, job) {
      const waiting = lanes.get(key)
      if (waiting) return void waiting.push(job)
      lanes.set(key, [])
      start(key, job)
    },
  }
}
