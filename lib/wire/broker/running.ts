import { RpcError } from '../../core/errors.ts'
import type { Lifetime } from '../../core/lifetime.ts'

/** The requests that a server has in hand, to be cancelled by their ids. */
export interface Running {
  /** A call has begun; cancelled at once where that came before it. */
  begin(id: string, lifetime: Lifetime): void
  end(id: string): void
  /** Nobody waits for it any more. It may run here, be on its way, or run elsewhere. */
  cancel(id: string): void
}

/** Cancellations of what is not here, or not yet: so many are remembered. */
const maxCancelled = 1_000

/** Makes the list of a server, empty. */
export function createRunning(): Running {
  const lifetimes = new Map<string, Lifetime>()
  const cancelled = new Set<string>()
  const gone = (): RpcError => new RpcError('CANCELLED', 'the client has cancelled the call')
  return {
    begin(id, lifetime) {
      if (cancelled.delete(id)) lifetime.cancel(gone())
      else lifetimes.set(id, lifetime)
    },
    end: (id) => void lifetimes.delete(id),
    cancel(id) {
      const lifetime = lifetimes.get(id)
      if (lifetime) return lifetime.cancel(gone())
      cancelled.add(id)
      if (cancelled.size > maxCancelled) cancelled.delete(cancelled.values().next().value!)
    },
  }
}
