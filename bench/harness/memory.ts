import { setImmediate } from 'node:timers/promises'

/** What a process has in use when its garbage was collected. */
export interface Memory {
  /** Octets of the heap and of what hangs on it outside. */
  readonly used: number
  /** TCP connections, of either direction. */
  readonly sockets: number
}

/** Collects all garbage and tells what is left. Needs `--expose-gc`. */
export const memory = async (): Promise<Memory> => {
  // More than once: what a finalizer lets go is freed by the next.
  for (let i = 0; i < 3; i++) {
    gc!()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  const sockets = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  return { used: heapUsed + external, sockets }
}
