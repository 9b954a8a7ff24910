import process from 'node:process'

/** What has gone and come so far; undefined where no stream goes out, or nothing comes. */
export interface CallCounts {
  readonly sent?: number | undefined
  readonly received?: number | undefined
}

/** A line that counts, while a call goes on. */
export interface CallCounter {
  /** Takes the line away, until the next tick: something else is to be written. */
  clear(): void
  stop(): void
}

const firstMs = 1_000
const tickMs = 250

/** Counts in the last line of the terminal that stderr is, from a second on; does nothing where it is none. */
export function startCounter(
  counts: () => CallCounts,
  stderr: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr,
): CallCounter {
  if (stderr.isTTY !== true) return { clear: () => {}, stop: () => {} }
  const begun = performance.now()
  let shown = false
  const clear = (): void => {
    if (shown) stderr.write('\r\u001B[K')
    shown = false
  }
  const timer = setInterval(() => {
    const ms = performance.now() - begun
    if (ms < firstMs) return
    clear()
    stderr.write(`${countsText(counts())} in ${Math.floor(ms / 1_000)} s`)
    shown = true
  }, tickMs)
  timer.unref()
  return {
    clear,
    stop() {
      clearInterval(timer)
      clear()
    },
  }
}

/** The counts for people: `3 sent, 1,200 received`. */
export function countsText({ sent, received }: CallCounts): string {
  const parts = [
    sent === undefined ? '' : `${count(sent)} sent`,
    received === undefined ? '' : `${count(received)} received`,
  ]
  return parts.filter((part) => part !== '').join(', ')
}

function count(number: number): string {
  return number.toLocaleString('en')
}
