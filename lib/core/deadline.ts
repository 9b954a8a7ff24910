import { RpcError } from './errors.ts'
import type { Lifetime } from './lifetime.ts'

/** Keeps many deadlines with one coarse timer: never early, at most 16 ms late. */
export interface Deadlines {
  /** Cancels the call with DEADLINE_EXCEEDED at `deadline` (ms since the epoch) unless it has finished by then. */
  watch(lifetime: Lifetime, deadline: number): void
  /** Runs `expire` at `deadline`; call what it returns to let it be. */
  after(deadline: number, expire: () => void): () => void
}

/** The clock and the timer; replaced in tests. */
export interface Clock {
  now(): number
  /** Runs once after `ms`; what it returns stops it. */
  setTimer(run: () => void, ms: number): () => void
}

const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(run, ms) {
    const timer: unknown = setTimeout(run, ms)
    // A deadline alone keeps no process alive: the socket of its call does. Browsers have a number here.
    if (typeof timer === 'object') (timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer as number)
  },
}
const grain = 16
/** What a timer can wait for without overflowing (2^31 - 1 ms). */
const longest = 2_147_483_647

/** Makes a keeper of deadlines; one per server or client. */
export function createDeadlines(clock: Clock = systemClock): Deadlines {
  const buckets = new Map<number, Set<() => void>>()
  let armed: { readonly slot: number; readonly stop: () => void } | undefined

  const arm = (slot: number): void => {
    armed?.stop()
    armed = { slot, stop: clock.setTimer(fire, Math.min(Math.max(slot * grain - clock.now(), 0), longest)) }
  }
  const fire = (): void => {
    armed = undefined
    const due = Math.floor(clock.now() / grain)
    for (const [slot, expiring] of buckets) {
      if (slot > due) continue
      buckets.delete(slot)
      for (const expire of expiring) expire()
    }
    // An expired call may have armed the timer for a new one.
    let next = armedSlot()
    for (const slot of buckets.keys()) next = Math.min(next, slot)
    if (next < armedSlot()) arm(next)
  }
  const armedSlot = (): number => armed?.slot ?? Number.POSITIVE_INFINITY
  const after = (deadline: number, expire: () => void): (() => void) => {
    const slot = Math.ceil(deadline / grain)
    let bucket = buckets.get(slot)
    if (!bucket) buckets.set(slot, (bucket = new Set()))
    bucket.add(expire)
    if (slot < armedSlot()) arm(slot)
    return () => {
      bucket.delete(expire)
      if (bucket.size === 0 && buckets.get(slot) === bucket) buckets.delete(slot)
    }
  }
  return {
    after,
    watch(lifetime, deadline) {
      lifetime.onFinish(after(deadline, () => lifetime.cancel(deadlineExceeded())))
    },
  }
}

/** What a call fails with when its time is over. */
export function deadlineExceeded(): RpcError {
  return new RpcError('DEADLINE_EXCEEDED', 'the deadline has passed')
}

/** The earlier of two deadlines. */
export function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}

/** Milliseconds left until a deadline, as it travels on the wire: whole, at least 0. */
export function remainingMs(deadline: number): number {
  return Math.max(0, Math.ceil(deadline - Date.now()))
}

/** Reads a `timeout-ms` value; throws INVALID_ARGUMENT for anything but a number of at most 15 digits. */
export function parseTimeout(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new RpcError('INVALID_ARGUMENT', `timeout-ms ${JSON.stringify(text)} is no number of milliseconds`)
}
