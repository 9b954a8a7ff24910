import type { Lifetime } from '../core/lifetime.ts'

/** Waits so many milliseconds, ± 20 %, so that many clients do not come back at once. Rejects when the call is cancelled. */
export function pauseFor(lifetime: Lifetime, ms: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => {
        lifetime.offCancel(cancel)
        resolve()
      },
      ms * (0.8 + Math.random() * 0.4),
    )
    const cancel = (reason: Error): void => {
      clearTimeout(timer)
      reject(reason)
    }
    lifetime.onCancel(cancel)
  })
}
