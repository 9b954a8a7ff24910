import { getEventListeners } from 'node:events'
import { RpcError } from 'microapi-ts'
import { describe, expect, it } from 'vitest'
import { createLifetime, followSignal, untilCancelled } from '../../lib/core/lifetime.ts'

const reason = new RpcError('CANCELLED', 'enough')

describe('a lifetime', () => {
  it('aborts its signal with the reason, read before or after', () => {
    const [before, after] = [createLifetime(), createLifetime()]
    const { signal } = before
    before.cancel(reason)
    after.cancel(reason)
    expect(signal.reason).toBe(reason)
    expect(after.signal.reason).toBe(reason)
  })

  it('is cancelled once, and not behind its end', () => {
    const lifetime = createLifetime()
    lifetime.cancel(reason)
    lifetime.cancel(new RpcError('ABORTED', 'late'))
    expect(lifetime.reason).toBe(reason)
    const done = createLifetime()
    done.finish()
    done.cancel(reason)
    expect(done.reason).toBeUndefined()
    expect(done.signal.aborted).toBe(false)
  })

  it('runs its hooks once, those that come late at once, and none that was taken back', () => {
    const lifetime = createLifetime()
    const seen: string[] = []
    const off = (): void => void seen.push('off')
    lifetime.onCancel(() => seen.push('cancel'))
    lifetime.onCancel(off)
    lifetime.offCancel(off)
    lifetime.onFinish(() => seen.push('finish'))
    lifetime.cancel(reason)
    lifetime.onCancel(() => seen.push('late cancel'))
    lifetime.finish()
    lifetime.finish()
    lifetime.onFinish(() => seen.push('late finish'))
    expect(seen).toEqual(['cancel', 'late cancel', 'finish', 'late finish'])
  })

  it('follows its parent until it has ended', () => {
    const parent = createLifetime()
    const [child, done] = [createLifetime(), createLifetime()]
    child.follow(parent)
    done.follow(parent)
    done.finish()
    parent.cancel(reason)
    expect(child.reason).toBe(reason)
    expect(done.reason).toBeUndefined()
  })

  it('runs the other hooks where one takes itself back in between', () => {
    const lifetime = createLifetime()
    const seen: number[] = []
    const hooks = [0, 1, 2].map((i) => (): void => {
      seen.push(i)
      lifetime.offCancel(hooks[i]!)
    })
    for (const hook of hooks) lifetime.onCancel(hook)
    lifetime.cancel(reason)
    expect(seen).toEqual([0, 1, 2])
  })
})

describe('a signal', () => {
  it('cancels what follows it: an RpcError as it is, a timeout as DEADLINE_EXCEEDED, all else as CANCELLED', async () => {
    const codeOf = (signal: AbortSignal): string | undefined => {
      const lifetime = createLifetime()
      followSignal(lifetime, signal)
      return lifetime.reason?.code
    }
    expect(codeOf(AbortSignal.abort())).toBe('CANCELLED')
    expect(codeOf(AbortSignal.abort(new RpcError('ABORTED', 'x')))).toBe('ABORTED')
    expect(codeOf(AbortSignal.abort(new DOMException('x', 'TimeoutError')))).toBe('DEADLINE_EXCEEDED')
    expect(codeOf(new AbortController().signal)).toBeUndefined()
  })

  it('is let go of when the call has finished', () => {
    const { signal } = new AbortController()
    const lifetime = createLifetime()
    followSignal(lifetime, signal)
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    lifetime.finish()
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('untilCancelled', () => {
  it('gives the result or the failure of the promise', async () => {
    expect(await untilCancelled(createLifetime(), Promise.resolve(1))).toBe(1)
    await expect(untilCancelled(createLifetime(), Promise.reject(new Error('x')))).rejects.toThrow('x')
  })

  it('rejects at the cancellation, and what the promise then does is ignored', async () => {
    const lifetime = createLifetime()
    let fail!: (error: Error) => void
    const waiting = untilCancelled(lifetime, new Promise((_, reject) => (fail = reject)))
    lifetime.cancel(reason)
    await expect(waiting).rejects.toBe(reason)
    fail(new Error('late'))
  })
})
