/** Looks out for silence. */
export interface Watch {
  /** There was a sign of life. */
  alive(): void
  stop(): void
}

const tickMs = 500

/** Tells of every silence of `limitMs`, once and then each further time. What this process slept through is none. */
export function watchSilence(limitMs: number, silent: () => void): Watch {
  let seen = performance.now()
  let ticked = seen
  const alive = (): void => void (seen = performance.now())
  const timer = setInterval(() => {
    const now = performance.now()
    // We were held up ourselves, and so were the signs.
    if (now - ticked > 2 * tickMs) seen = now
    ticked = now
    if (now - seen < limitMs) return
    seen = now
    silent()
  }, tickMs)
  return { alive, stop: () => clearInterval(timer) }
}
