/** How long a member may believe that it is one: the group throws out who is not heard of for the session's time. */
export interface Lease {
  /** The group has answered. */
  renew(): void
  /** It waits for the others, and says nothing meanwhile. */
  wait(): void
  stop(): void
}

/** What a lease is made of, in ms, and whom it tells. */
export interface LeaseOptions {
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  /** Nothing has been heard for two heartbeats, and again for two. */
  onSilent(): void
  /** It is heard again. */
  onHeard(): void
  /** It is over: others may have what was ours. */
  onExpired(): void
}

/** Begins with a wait. */
export function createLease(options: LeaseOptions): Lease {
  const { sessionTimeoutMs, heartbeatMs } = options
  // A heartbeat goes out between two fetches only.
  const patienceMs = Math.min(2 * heartbeatMs + 1_000, sessionTimeoutMs)
  let silentAt = Infinity
  let expiresAt = Date.now() + 2 * sessionTimeoutMs
  let isSilent = false
  /** Where the process stood still an answer may be there, unread, until the next look. */
  let isSuspicious = false
  const look = (): void => {
    const now = Date.now()
    if (now >= expiresAt) {
      clearInterval(timer)
      options.onExpired()
    } else if (now < silentAt) isSuspicious = false
    else if (!isSuspicious) isSuspicious = true
    else {
      isSilent = true
      silentAt = now + patienceMs
      options.onSilent()
    }
  }
  const timer = setInterval(look, Math.min(500, heartbeatMs))
  return {
    renew() {
      const now = Date.now()
      silentAt = now + patienceMs
      expiresAt = now + sessionTimeoutMs
      if (!isSilent) return
      isSilent = false
      options.onHeard()
    },
    wait() {
      silentAt = Infinity
      expiresAt = Date.now() + 2 * sessionTimeoutMs
    },
    stop: () => clearInterval(timer),
  }
}
