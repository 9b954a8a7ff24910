import { RpcError } from './errors.ts'
import type { Lifetime } from './lifetime.ts'

/** Keeps many deadlines with one coarse timer: never early, late by at most 16 ms or 1 % of the time that was left. */
export interface Deadlines {
  /** Cancels the call with DEADLINE_EXCEEDED at `deadline` (ms since the epoch) unless it has finished by then. `now` spares a look at the clock. */
  watch(lifetime: Lifetime, deadline: number, now?: number): void
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
    const timer = setTimeout(run, ms)
    // A deadline alone keeps no process alive: the socket of its call does. Browsers have a number here.
    ;(timer as { unref?: () => void }).unref?.()
    return () => clearTimeout(timer)
  },
}
const grain = 16
/** What a timer can wait for without overflowing (2^31 - 1 ms). */
const longest = 2_147_483_647

/** What stands in a bucket: a call, or a function for what is none. */
type Expiring = Lifetime | (() => void)

/** Makes a keeper of deadlines; one per server or client. */
export function createDeadlines(clock: Clock = systemClock): Deadlines {
  const buckets = new Map<number, Set<Expiring>>()
  /** The slot that the timer waits for. */
  let armed = Number.POSITIVE_INFINITY
  let disarm = (): void => {}

  // Calls of one moment mostly have one deadline too: the last bucket is the likeliest.
  let last: { readonly tick: number; readonly now: number; readonly bucket: Set<Expiring> } | undefined

  const arm = (slot: number): void => {
    if (slot >= armed) return
    disarm()
    armed = slot
    disarm = clock.setTimer(fire, Math.min(slot * grain - clock.now(), longest))
  }
  const fire = (): void => {
    armed = Number.POSITIVE_INFINITY
    last = undefined
    const due = Math.floor(clock.now() / grain)
    for (const [slot, bucket] of buckets) {
      if (slot > due) continue
      buckets.delete(slot)
      for (const one of bucket) {
        if (typeof one === 'function') one()
        else one.cancel(deadlineExceeded())
      }
    }
    arm(Math.min(...buckets.keys()))
  }
  // A bucket that has become empty stays until its time: the next call is likely to fall into it.
  const bucketAt = (deadline: number, now: number): Set<Expiring> => {
    const tick = Math.ceil(deadline / grain)
    if (last !== undefined && last.tick === tick && now - last.now < grain) return last.bucket
    const slot = slotOf(tick, now)
    let bucket = buckets.get(slot)
    if (bucket === undefined) buckets.set(slot, (bucket = new Set()))
    arm(slot)
    last = { tick, now, bucket }
    return bucket
  }
  return {
    watch(lifetime, deadline, now = clock.now()) {
      if (deadline === Number.POSITIVE_INFINITY) return
      const bucket = bucketAt(deadline, now)
      bucket.add(lifetime)
      lifetime.leaveOnFinish(bucket)
    },
    after(deadline, expire) {
      const bucket = bucketAt(deadline, clock.now())
      bucket.add(expire)
      return () => void bucket.delete(expire)
    },
  }
}

/** The slot for a deadline: rounded up, the coarser the farther away, so that long deadlines share few buckets. */
function slotOf(tick: number, now: number): number {
  const step = 2 ** Math.max(0, Math.floor(Math.log2((tick - now / grain) / 128)))
  return Math.ceil(tick / step) * step
}

/** What a call fails with when its time is over. */
export function deadlineExceeded(): RpcError {
  return new RpcError('DEADLINE_EXCEEDED', 'the deadline has passed')
}

/** The earlier of two deadlines; none at all where neither ever comes. */
export function earlier(a = Number.POSITIVE_INFINITY, b = Number.POSITIVE_INFINITY): number | undefined {
  const first = Math.min(a, b)
  return first === Number.POSITIVE_INFINITY ? undefined : first
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
