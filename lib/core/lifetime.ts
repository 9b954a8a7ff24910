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
  reason: RpcError | undefined
  finished = false
  #controller: AbortController | undefined
  #cancelHooks: CancelHook[] | undefined
  #member: Set<Lifetime | (() => void)> | undefined = undefined
  #finishHooks: ((error: unknown) => void)[] | undefined = undefined
  #failure: unknown

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.reason) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  cancel(reason: RpcError): void {
    if (this.reason || this.finished) return
    this.reason = reason
    const hooks = this.#cancelHooks
    this.#cancelHooks = undefined
    hooks?.forEach((hook) => tell(hook, reason))
    this.#controller?.abort(reason)
  }

  finish(error?: unknown): void {
    if (this.finished) return
    this.finished = true
    this.#failure = this.reason ?? error
    this.#cancelHooks = undefined
    this.#member?.delete(this)
    const hooks = this.#finishHooks
    this.#finishHooks = undefined
    hooks?.forEach((hook) => hook(this.#failure))
  }

  onCancel(hook: CancelHook): void {
    if (this.reason) tell(hook, this.reason)
    else if (this.finished) return
    else if (this.#cancelHooks) this.#cancelHooks.push(hook)
    // Not pushed: room for one is all that most calls need.
    else this.#cancelHooks = [hook]
  }

  offCancel(hook: CancelHook): void {
    this.#cancelHooks = this.#cancelHooks?.filter((one) => one !== hook)
  }

  onFinish(hook: (error: unknown) => void): void {
    if (this.finished) hook(this.#failure)
    else (this.#finishHooks ??= []).push(hook)
  }

  follow(parent: Lifetime): void {
    parent.onCancel(this)
    this.onFinish(() => parent.offCancel(this))
  }

  leaveOnFinish(set: Set<Lifetime | (() => void)>): void {
    if (this.#member) this.onFinish(() => set.delete(this))
    else this.#member = set
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
function abortReason(signal: AbortSignal): RpcError {
  const { reason } = signal
  if (reason instanceof RpcError) return reason
  if ((reason as Error | undefined)?.name === 'TimeoutError') {
    return new RpcError('DEADLINE_EXCEEDED', 'the signal timed out', { cause: reason })
  }
  return new RpcError('CANCELLED', 'the call was cancelled', { cause: reason })
}

/** Cancels a lifetime when a user's signal aborts; lets go of the signal when the call has finished. */
export function followSignal(lifetime: Lifetime, signal: AbortSignal): void {
  const onAbort = (): void => lifetime.cancel(abortReason(signal))
  if (signal.aborted) return onAbort()
  signal.addEventListener('abort', onAbort)
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
