import type { Lifetime } from '../../../core/lifetime.ts'
import type { Subchannel } from './subchannel.ts'

/** Addresses that a call has been to, and what it met there. */
export type Tried = ReadonlyMap<Subchannel, string>

/** Shares calls out among addresses. */
export interface Balancer {
  readonly subchannels: readonly Subchannel[]
  /** The address whose turn it is, of those that are ready; undefined where none is that has not been tried. */
  next(tried: Tried | undefined): Subchannel | undefined
  /**
   * Waits for an address that was not tried; `go` is given it, or undefined when none is to be hoped for: none connects,
   * the call was cancelled, or this was closed.
   */
  wait(lifetime: Lifetime, tried: Tried | undefined, go: Go): void
  close(): Promise<void>
}

/** Takes a call on. */
export type Go = (to: Subchannel | undefined) => void

interface Waiting {
  readonly tried: Tried | undefined
  readonly go: Go
}

/** Takes addresses in turn (round robin), and lets calls wait where none is ready. */
export function createBalancer(make: (onChange: () => void) => readonly Subchannel[]): Balancer {
  let ready: readonly Subchannel[] = []
  let turn = 0
  let closed = false
  const waiting = new Set<Waiting>()

  const pick = (tried: Tried | undefined): Subchannel | undefined => {
    for (let left = ready.length; left > 0; left--) {
      turn = (turn + 1) % ready.length
      const one = ready[turn]!
      if (tried === undefined || !tried.has(one)) return one
    }
    return undefined
  }
  const isHope = (tried: Tried | undefined): boolean =>
    subchannels.some((one) => one.connecting && !tried?.has(one))
  const onChange = (): void => {
    ready = subchannels.filter((one) => one.ready)
    for (const call of waiting) {
      const to = pick(call.tried)
      if (!to && isHope(call.tried)) continue
      waiting.delete(call)
      call.go(to)
    }
  }
  const subchannels = make(onChange)
  return {
    subchannels,
    next(tried) {
      if (ready.length < subchannels.length) for (const one of subchannels) one.revive(false)
      return pick(tried)
    },
    wait(lifetime, tried, go) {
      if (closed) return go(undefined)
      for (const one of subchannels) if (!tried?.has(one)) one.revive(true)
      if (!isHope(tried)) return go(undefined)
      const call = { tried, go }
      waiting.add(call)
      lifetime.onCancel(() => {
        if (waiting.delete(call)) go(undefined)
      })
    },
    async close() {
      closed = true
      for (const call of waiting) {
        waiting.delete(call)
        call.go(undefined)
      }
      await Promise.all(subchannels.map((one) => one.close()))
    },
  }
}
