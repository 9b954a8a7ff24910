import { existsSync, readFileSync } from 'node:fs'

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

const STAT = '/proc/self/stat'
const readable = existsSync(STAT)
/** Microseconds of a clock tick, which is what Linux tells these times in. */
const TICK = 10_000

/** Of this process's children that have ended; 0 where the system does not tell. */
const endedChildren = (): number => {
  if (!readable) return 0
  const stat = readFileSync(STAT, 'utf8')
  // The second field is a name in brackets and may have spaces; cutime and cstime are the 16th and 17th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[13]) + Number(fields[14])) * TICK
}

/** Microseconds of processor time that this process and its ended children have used so far. */
export const cpuTime = (): number => {
  const { user, system } = process.cpuUsage()
  return user + system + endedChildren()
}
