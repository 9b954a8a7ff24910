import { createDeadlines, earlier } from '../core/deadline.ts'
import { isSingle } from '../core/kind.ts'
import type { Middleware } from '../core/middleware.ts'

/** Options of {@link deadline}. */
export interface DeadlineOptions {
  /** How long a call may take, in ms, when its caller does not say: 30,000. */
  readonly defaultMs?: number
  /** The longest that a call may take, in ms, whatever its caller says. None by default; the server's `maxCallMs` holds too. */
  readonly maxMs?: number
  /** Whether both hold for streaming calls too; `false` by default, since a stream may run for as long as both sides want. */
  readonly streams?: boolean
}

/**
 * Gives calls that come without a deadline one, and shortens those that are too long. A call whose deadline passes fails
 * DEADLINE_EXCEEDED and its signal aborts. The deadlines that callers send are kept without this.
 * Throws a TypeError for a time that is no positive number.
 */
export function deadline(options: DeadlineOptions = {}): Middleware {
  const { defaultMs = 30_000, maxMs = Number.POSITIVE_INFINITY, streams = false } = options
  for (const ms of [defaultMs, maxMs]) {
    if (!(ms > 0)) throw new TypeError(`deadline: ${ms} is no positive number of milliseconds`)
  }
  const deadlines = createDeadlines()

  return function keepDeadline(call, next) {
    if (!isSingle(call.kind) && !streams) return next(call)
    const now = Date.now()
    const end = earlier(call.deadline ?? now + defaultMs, now + maxMs)
    if (end === call.deadline || end === undefined || !Number.isFinite(end)) return next(call)
    deadlines.watch(call.lifetime, end)
    return next(call.with({}, { deadline: end }))
  }
}
