/** Load for the fault cases: what is sent while something breaks, and what became of each. */
import { RpcError } from 'microapi-ts'

/** One call, or one event. */
export interface Sent {
  /** What it carries, and nothing else does. */
  readonly text: string
  /** When it was sent, in ms since the epoch. */
  readonly began: number
  /** When it was settled. */
  readonly settled: number | undefined
  /** `OK`, or the code that it failed with; the text of what is no RpcError. */
  readonly outcome: string | undefined
}

/** What is sent. */
export interface Load {
  /** All of it, in the order of its beginning. */
  readonly sent: readonly Sent[]
  /** Those that were answered, or confirmed. */
  answered(): readonly Sent[]
  /** Sends so many a second until it is stopped. */
  atRate(perSecond: number): void
  /** Keeps so many on their way, until it is stopped or `most` were sent in all; resolves when those have settled. */
  keep(inFlight: number, most?: number): Promise<void>
  /** Sends no more. */
  stop(): void
  /** Those that have not settled yet. */
  pending(): readonly Sent[]
}

/** How often something is sent where so many are due a second, in ms. */
const tickMs = 25

/** Makes a load, nothing sent yet. `send` gets a text of its own each time, and rejects as a call does. */
export function createLoad(send: (text: string) => PromiseLike<unknown>): Load {
  const sent: Sent[] = []
  let timer: ReturnType<typeof setInterval> | undefined
  let isStopped = false
  const sendOne = async (): Promise<void> => {
    const index = sent.length
    const one: Sent = { text: `${index}`, began: Date.now(), settled: undefined, outcome: undefined }
    sent.push(one)
    let outcome = 'OK'
    try {
      await send(one.text)
    } catch (error) {
      outcome = error instanceof RpcError ? error.code : String(error)
    }
    sent[index] = { ...one, settled: Date.now(), outcome }
  }
  return {
    sent,
    answered: () => sent.filter(({ outcome }) => outcome === 'OK'),
    atRate(perSecond) {
      timer = setInterval(() => {
        for (let i = 0; i < (perSecond * tickMs) / 1_000; i++) void sendOne()
      }, tickMs)
    },
    async keep(inFlight, most = Number.POSITIVE_INFINITY) {
      const mayGoOn = (): boolean => !isStopped && sent.length < most
      const work = async (): Promise<void> => {
        while (mayGoOn()) await sendOne()
      }
      await Promise.all(Array.from({ length: inFlight }, work))
    },
    stop() {
      isStopped = true
      clearInterval(timer)
    },
    pending: () => sent.filter(({ settled }) => settled === undefined),
  }
}

/** How often each outcome came, for messages. */
export function outcomes(sent: readonly Sent[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { outcome = 'pending' } of sent) counts[outcome] = (counts[outcome] ?? 0) + 1
  return counts
}

/** How often something was done beyond the first time of each. */
export function repeats(done: readonly string[]): number {
  return done.length - new Set(done).size
}
