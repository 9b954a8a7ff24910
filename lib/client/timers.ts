import { deadlineExceeded, type Deadlines } from '../core/deadline.ts'

/** What a client asks of the keeper of its deadlines. */
export type Watcher = Pick<Deadlines, 'watch'>

/** What a timer can wait for without overflowing (2^31 - 1 ms). */
const longest = 2_147_483_647

/** A timer for each call. For browsers, whose calls are few: sharing one timer is more to download than it saves. */
export const timers: Watcher = {
  watch(lifetime, deadline) {
    let timer: ReturnType<typeof setTimeout> | undefined
    const wait = (): void => {
      const left = deadline - Date.now()
      if (left > 0) timer = setTimeout(wait, Math.min(left, longest))
      else lifetime.cancel(deadlineExceeded())
    }
    wait()
    lifetime.onFinish(() => clearTimeout(timer))
  },
}
