/** Runs what shares a key one after the other, and all else at once. */
export interface KeyLanes {
  /** `job` never rejects. */
  run(key: string | undefined, job: () => Promise<void>): void
}

/** Makes lanes, none yet. */
export function createKeyLanes(): KeyLanes {
  const last = new Map<string, Promise<void>>()
  return {
    run(key, job) {
      if (key === undefined) return void job()
      const before = last.get(key)
      const mine = before ? before.then(job) : job()
      last.set(key, mine)
      void mine.then(() => {
        if (last.get(key) === mine) last.delete(key)
      })
    },
  }
}
