/** Server processes for the fault cases: started, listened to, and ended by a signal. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { onTestFinished, vi } from 'vitest'
import {
  holdCommand,
  holdingLine,
  loggedLine,
  notedLine,
  ranLine,
  type FaultServerOptions,
} from './contract.ts'

const script = fileURLToPath(new URL('server.ts', import.meta.url))

/** How long a process may take to start, or to do what it is told, in ms. */
const patienceMs = 60_000

/** A process that serves. */
export interface FaultServer {
  /** What it has done, in order; all of it once it has ended. */
  readonly ran: readonly string[]
  /** What it has logged, `LEVEL: MESSAGE DETAILS`. */
  readonly logged: readonly string[]
  /** From now on it does and never answers; resolves when it has `count` such jobs in hand. */
  hold(count: number): Promise<void>
  /** Sends it a signal, behind which it goes on. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  /** Sends it a signal; resolves when it has ended, with its exit code and what ended it. */
  end(signal: NodeJS.Signals): Promise<[code: number | null, signal: string | null]>
}

/** What a server may be started with beside its options. */
export interface StartServerOptions {
  /** Hears of each note that was handled, and when that was, in ms since the epoch. */
  readonly noted?: (text: string, at: number) => void
}

/** Starts a server; resolves when it serves. It ends with the test, or with the process that runs it. */
export async function startServer(
  options: FaultServerOptions,
  { noted }: StartServerOptions = {},
): Promise<FaultServer> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close') as Promise<[code: number | null, signal: string | null]>
  child.stdin.on('error', () => {})
  const end = (signal: NodeJS.Signals): typeof ended => {
    child.kill(signal)
    return ended
  }
  onTestFinished(async () => void (await end('SIGKILL')))
  const lines: string[] = []
  const ran: string[] = []
  const logged: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    const [, text] = ranLine.exec(line) ?? []
    if (text !== undefined) ran.push(text)
    const [, note, at] = notedLine.exec(line) ?? []
    if (note !== undefined) noted?.(note, Number(at))
    const [, message] = loggedLine.exec(line) ?? []
    if (message !== undefined) logged.push(message)
  })
  const until = (what: string, holds: () => boolean): Promise<void> =>
    vi.waitFor(() => {
      if (!holds()) throw new Error(`${what}; the last lines of the server: ${lines.slice(-3).join(' | ')}`)
    }, patienceMs)
  await until('it does not serve', () => lines.includes('serving'))
  return {
    ran,
    logged,
    async hold(count) {
      child.stdin.write(`${holdCommand}\n`)
      await until('it does not hold', () => {
        const since = lines.indexOf(holdingLine)
        return since >= 0 && lines.slice(since).filter((line) => ranLine.test(line)).length >= count
      })
    },
    signal: (signal) => void child.kill(signal),
    end,
  }
}
