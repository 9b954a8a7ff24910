/** What the handlers of the conformance app tell their test, and how the test holds them up. */
export interface Probe {
  /** Says that something happened; what it was with is kept beside. */
  note(event: string, value?: unknown): void
  /** How often it happened. */
  count(event: string): number
  /** What it was last noted with. */
  value(event: string): unknown
  /** All that happened, in order. */
  readonly events: readonly string[]
  /** Resolves once it has happened so often; rejects, saying what did happen, after 5 s. */
  until(event: string, times?: number): Promise<void>
  /** Resolves when the test opens the gate. */
  passed(gate: string): Promise<void>
  /** Lets those through who wait for the gate, and those who come later. */
  open(gate: string): void
}

const patienceMs = 5_000

/** Makes a probe; one for each case. */
export function createProbe(): Probe {
  const events: string[] = []
  const values = new Map<string, unknown>()
  const counts = new Map<string, number>()
  const listeners = new Set<() => void>()

  const count = (event: string): number => counts.get(event) ?? 0
  const note = (event: string, value?: unknown): void => {
    // A stream of 100,000 items must not make a list of as many names.
    if (events.length < 1_000) events.push(event)
    counts.set(event, count(event) + 1)
    values.set(event, value)
    for (const listener of listeners) listener()
  }
  const until = (event: string, times = 1): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        if (count(event) < times) return
        clearTimeout(timer)
        listeners.delete(done)
        resolve()
      }
      const timer = setTimeout(() => {
        listeners.delete(done)
        const seen = events.slice(-10).join(', ') || 'nothing'
        reject(
          new Error(
            `"${event}" did not happen ${times === 1 ? '' : `${times} times `}in ${patienceMs} ms; seen: ${seen}`,
          ),
        )
      }, patienceMs)
      listeners.add(done)
      done()
    })

  return {
    events,
    note,
    count,
    until,
    value: (event) => values.get(event),
    passed: (gate) =>
      count(`gate ${gate}`) > 0 ? Promise.resolve() : waitFor(listeners, () => count(`gate ${gate}`) > 0),
    open: (gate) => note(`gate ${gate}`),
  }
}

function waitFor(listeners: Set<() => void>, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const listener = (): void => {
      if (!holds()) return
      listeners.delete(listener)
      resolve()
    }
    listeners.add(listener)
  })
}
