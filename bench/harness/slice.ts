/** One measurement of one peer. */
export interface Slice {
  readonly figure: number
  /** Processor time of either process in microseconds a call or item; it says more than the figure on a busy machine. */
  readonly cpu?: { readonly server: number; readonly client: number }
}

/** What a client process counted in a slice. */
export interface Count {
  readonly figure: number
  /** Calls or items. */
  readonly done: number
}

/** Microseconds of processor time that this process has used so far. */
export const cpuTime = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system
}
