import type { Call, Invoke, Reply } from '../core/call.ts'
import { hasMetadata, isOwnOutput } from '../core/create-call.ts'
import { onStreamEnd } from '../core/stream-end.ts'
import { createDeadlines, deadlineExceeded } from '../core/deadline.ts'
import { isRpcError, RpcError } from '../core/errors.ts'
import { isIterable, iterate } from '../core/iterate.ts'
import { isSingle } from '../core/kind.ts'
import type { Limits } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { checkMetadataSize } from '../core/metadata.ts'
import { assertReply } from '../core/middleware.ts'
import { markNeverRan, neverRan } from '../core/never-ran.ts'
import { createGate } from './gate.ts'
import type { Mask } from './handle.ts'
import type { Route } from './router.ts'
import { createRunningCalls } from './running-calls.ts'

/** The outermost layer of a server: limits, deadlines, draining, and nothing but RpcErrors beyond it. */
export interface Guard {
  readonly invoke: Invoke
  /** Refuses new calls from now on; resolves when none runs any more, and none waits for its turn. */
  drain(): Promise<void>
  /** Cancels everything that still runs or waits. Returns how many calls that were. */
  abort(reason: RpcError): number
}

/** Puts a guard before what `find` finds for a call. `limits` bound what runs and waits at once. */
export function createGuard(find: (call: Call) => Route, limits: Limits, mask: Mask): Guard {
  const gate = createGate(limits)
  const deadlines = createDeadlines()
  const alive = createRunningCalls()
  const waiting = createRunningCalls()
  let draining = false
  let onIdle: (() => void)[] = []

  const leave = (call: Call): void => {
    alive.delete(call)
    gate.leave(call)
    tellIdle()
  }
  const tellIdle = (): void => {
    if (onIdle.length === 0 || alive.size + waiting.size > 0) return
    const told = onIdle
    onIdle = []
    for (const resolve of told) resolve()
  }
  const limitTime = ({ kind, deadline, lifetime }: Call): void => {
    // The cap is for calls that must end; a stream may run for as long as both sides want.
    const mustEnd = isSingle(kind)
    if (deadline === undefined && !mustEnd) return
    const now = Date.now()
    const cap = mustEnd ? now + limits.maxCallMs : Number.POSITIVE_INFINITY
    const end = deadline === undefined || deadline > cap ? cap : deadline
    if (end <= now) lifetime.cancel(deadlineExceeded())
    else deadlines.watch(lifetime, end, now)
  }
  // With callbacks in place of async functions: each promise less is a tenth of a call in process.
  const run = (call: Call, route: Route): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const { lifetime } = call
      let settled = false
      const fail = (error: unknown): void => {
        if (settled) return
        settled = true
        const failure = mask(call, error)
        lifetime.finish(failure)
        reject(failure)
      }
      const answer = (reply: Reply): void => {
        // Cancelled meanwhile: the handler has kept its place until now.
        if (settled) return void abandon(reply).finally(() => leave(call))
        try {
          assertReply(reply, route.layers)
        } catch (error) {
          leave(call)
          return fail(error)
        }
        settled = true
        if (isIterable(reply.output)) return resolve(streaming(call, reply))
        leave(call)
        lifetime.finish()
        resolve(reply)
      }
      const end = (error: unknown): void => {
        leave(call)
        fail(error)
      }
      alive.add(call)
      if (lifetime.reason !== undefined) return end(lifetime.reason)
      lifetime.onCancel(fail)
      try {
        route.invoke(call).then(answer, end)
      } catch (error) {
        end(error)
      }
    })
  const refuse = (call: Call, error: unknown): Promise<Reply> => {
    // Or its deadline would be watched on.
    call.lifetime.finish(error)
    return Promise.reject(error)
  }
  const streaming = (call: Call, reply: Reply): Reply => {
    const ended = (error: unknown): void => {
      leave(call)
      call.lifetime.finish(error)
    }
    if (isOwnOutput(call, reply.output)) {
      onStreamEnd(call, ended)
      return reply
    }
    // Middleware put a stream of its own in place of the handler's.
    const source = reply.output as AsyncIterable<unknown>
    const output = iterate(source, {
      end: ended,
      fail: (error) => mask(call, error),
      abort: (abort) => call.lifetime.onCancel(abort),
    })
    return { ...reply, output }
  }

  return {
    invoke(call) {
      try {
        if (draining) throw markNeverRan(new RpcError('UNAVAILABLE', 'the server is shutting down'))
        if (hasMetadata(call)) checkMetadataSize(call.metadata, limits)
        const route = find(call)
        // Time in the line counts: who waits for its turn may run out of it there.
        limitTime(call)
        if (call.lifetime.reason !== undefined) throw call.lifetime.reason
        const turn = gate.enter(call)
        if (turn === undefined) return run(call, route)
        waiting.add(call)
        return turn.then(
          () => {
            waiting.delete(call)
            return run(call, route)
          },
          (error: unknown) => {
            waiting.delete(call)
            tellIdle()
            return refuse(call, error)
          },
        )
      } catch (error) {
        return refuse(call, error)
      }
    },
    drain() {
      draining = true
      return alive.size + waiting.size === 0
        ? Promise.resolve()
        : new Promise((resolve) => onIdle.push(resolve))
    },
    abort(reason) {
      const calls = [...alive.list(), ...waiting.list()]
      for (const call of calls) call.lifetime.cancel(reason)
      return calls.length
    },
  }
}

async function abandon({ output }: Reply): Promise<void> {
  try {
    if (isIterable(output)) await (output as AsyncIterableIterator<unknown>).return?.()
  } catch {
    // Nobody is left whom a failure of its clean-up could be told.
  }
}

/** Masks what is no RpcError as "internal error" and writes the cause to the log. */
export function createMask(log: Log): Mask {
  return (call, error) => {
    // The cause stays here: in process it would reach the caller with the error.
    // So would the mark of a nested call that never ran, though this one has.
    if (isRpcError(error)) return error.cause === undefined && !neverRan(error) ? error : withoutCause(error)
    if (call.lifetime.reason !== undefined) return call.lifetime.reason
    log.error({ service: call.service, method: call.method, id: call.id, error }, 'a handler failed')
    return new RpcError('INTERNAL', 'internal error')
  }
}

function withoutCause({ code, message, reason, details, retryable }: RpcError): RpcError {
  return new RpcError(code, message, { reason, details, retryable })
}
