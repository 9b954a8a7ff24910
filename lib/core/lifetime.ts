import { RpcError } from './errors.ts'

/** How long one call lives: it ends by being finished or by being cancelled, whichever comes first. */
export interface Lifetime {
  /** Why the call was cancelled, once it was. */
  readonly reason: RpcError | undefined
  readonly finished: boolean
  /** Made when first read: an AbortController costs more than the rest of a call. */
  readonly signal: AbortSignal
  /** Cancels the call: hooks run, the signal aborts. Nothing happens if it has ended. */
  cancel(reason: RpcError): void
  /** Says that the call has ended by itself, or by `error`. Finish hooks run; cancel hooks never will. */
  finish(error?: unknown): void
  /** Runs `hook` when the call is cancelled, at once if it was; a lifetime is cancelled with it. */
  onCancel(hook: CancelHook): void
  offCancel(hook: CancelHook): void
  /** Runs `hook` when the call has finished, streams included; `error` is what ended it early, a cancellation or a failure. */
  onFinish(hook: (error: unknown) => void): void
  /** Cancels this call when that one is cancelled. */
  follow(parent: Lifetime): void
  /** The set is left when the call has finished. */
  leaveOnFinish(set: Set<Lifetime | (() => void)>): void
}

/** What hears of a cancellation: a function, or another lifetime, which is cancelled too. */
type CancelHook = ((reason: RpcError) => void) | Lifetime

// A class: one is made for every call, and what it holds is made only when asked for.
class CallLifetime implements Lifetime {
  reason: RpcError | undefined = undefined
  finished = false
  private controller: AbortController | undefined = undefined
  // Most calls have one hook; only more make an array.
  private cancelHooks: CancelHook | CancelHook[] | undefined = undefined
  private member: Set<Lifetime | (() => void)> | undefined = undefined
  private finishHooks: ((error: unknown) => void)[] | undefined = undefined
  private failure: unknown = undefined

  get signal(): AbortSignal {
    if (this.controller === undefined) {
      this.controller = new AbortController()
      if (this.reason !== undefined) this.controller.abort(this.reason)
    }
    return this.controller.signal
  }

  cancel(reason: RpcError): void {
    if (this.reason !== undefined || this.finished) return
    this.reason = reason
    const hooks = this.cancelHooks
    this.cancelHooks = undefined
    if (Array.isArray(hooks)) for (const hook of hooks) tell(hook, reason)
    else if (hooks !== undefined) tell(hooks, reason)
    this.controller?.abort(reason)
  }

  finish(error?: unknown): void {
    if (this.finished) return
    this.finished = true
    this.failure = this.reason ?? error
    this.cancelHooks = undefined
    this.member?.delete(this)
    const hooks = this.finishHooks
    this.finishHooks = undefined
    if (hooks !== undefined) for (const hook of hooks) hook(this.failure)
  }

  onCancel(hook: CancelHook): void {
    if (this.reason !== undefined) tell(hook, this.reason)
    else if (this.finished) return
    else if (this.cancelHooks === undefined) this.cancelHooks = hook
    else if (Array.isArray(this.cancelHooks)) this.cancelHooks.push(hook)
    else this.cancelHooks = [this.cancelHooks, hook]
  }

  offCancel(hook: CancelHook): void {
    if (this.cancelHooks === hook) this.cancelHooks = undefined
    if (!Array.isArray(this.cancelHooks)) return
    const at = this.cancelHooks.indexOf(hook)
    if (at >= 0) this.cancelHooks.splice(at, 1)
  }

  onFinish(hook: (error: unknown) => void): void {
    if (this.finished) hook(this.failure)
    else (this.finishHooks ??= []).push(hook)
  }

  follow(parent: Lifetime): void {
    parent.onCancel(this)
    this.onFinish(() => parent.offCancel(this))
  }

  leaveOnFinish(set: Set<Lifetime | (() => void)>): void {
    if (this.member === undefined) this.member = set
    else this.onFinish(() => set.delete(this))
  }
}

function tell(hook: CancelHook, reason: RpcError): void {
  if (typeof hook === 'function') hook(reason)
  else hook.cancel(reason)
}

/** A lifetime that has just begun. */
export function createLifetime(): Lifetime {
  return new CallLifetime()
}

/** The error that a caller's abort stands for; a reason that is an RpcError is kept. */
export function abortReason(signal: AbortSignal): RpcError {
  const { reason } = signal
  if (reason instanceof RpcError) return reason
  if (reason instanceof Error && reason.name === 'TimeoutError') {
    return new RpcError('DEADLINE_EXCEEDED', 'the signal timed out', { cause: reason })
  }
  return new RpcError('CANCELLED', 'the call was cancelled', { cause: reason })
}

/** Cancels a lifetime when a user's signal aborts; lets go of the signal when the call has finished. */
export function followSignal(lifetime: Lifetime, signal: AbortSignal): void {
  if (signal.aborted) return lifetime.cancel(abortReason(signal))
  const onAbort = (): void => lifetime.cancel(abortReason(signal))
  signal.addEventListener('abort', onAbort, { once: true })
  lifetime.onFinish(() => signal.removeEventListener('abort', onAbort))
}

/** The promise's result, or the cancellation if that comes first. What the promise then does is ignored. */
export function untilCancelled<T>(lifetime: Lifetime, promise: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // Left in place when the promise has settled: it then does nothing, and goes with the call.
    lifetime.onCancel(reject)
    promise.then(resolve, reject)
  })
}
