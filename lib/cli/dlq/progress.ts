import process from 'node:process'

/** A line that says how far something came, while it goes on. */
export interface Progress {
  /** Takes the line away: something else is to be written, or it is over. */
  clear(): void
  /** Writes it anew, ten times a second at most. */
  tell(text: string): void
}

/** Until it is written anew, in ms. */
const tickMs = 100

/** Writes the last line of the terminal that stderr is; does nothing where it is none. */
export function startProgress(
  stderr: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr,
): Progress {
  let told = -Infinity
  let isThere = false
  const clear = (): void => {
    if (isThere) stderr.write('\r\u001B[K')
    isThere = false
  }
  return {
    clear,
    tell(text) {
      const now = performance.now()
      if (stderr.isTTY !== true || now - told < tickMs) return
      told = now
      clear()
      stderr.write(text)
      isThere = true
    },
  }
}
