type Schedule = (run: () => void) => unknown

// Read by name: browsers have no setImmediate, and their setTimeout is slower.
const schedule =
  (globalThis as { setImmediate?: Schedule }).setImmediate ?? ((run: () => void) => setTimeout(run, 0))

/**
 * Waits for the next turn of the event loop. A stream whose items are all there at once never leaves the microtasks by
 * itself, and would keep every timer and socket in the process from its turn.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => schedule(resolve))
}
