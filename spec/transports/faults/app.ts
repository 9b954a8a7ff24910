/** The app of the fault cases, which tells what it does. */
import { setTimeout as pause } from 'node:timers/promises'
import { createApp, rpc, type App, type Log } from 'microapi-ts'
import { jobs } from './contract.ts'

/** Who hears what the app does. */
export interface JobsListener {
  /** A job has had its effect, and is not answered yet. */
  ran(text: string): void
  /** A note has been handled, at this time in ms since the epoch. */
  noted(text: string, at: number): void
  /** Whether what begins now is to go on for ever. */
  readonly isHolding?: boolean
}

/** How long a job or a note takes, in ms: while it lasts the server has it in hand. */
const jobMs = 50

/** Makes the app. */
export function jobsApp(listener: JobsListener, log: Log): App {
  const work = (): Promise<unknown> => (listener.isHolding ? new Promise<never>(() => {}) : pause(jobMs))
  return createApp({
    log,
    services: {
      jobs: rpc.implement(jobs, {
        async run({ text }) {
          listener.ran(text)
          await work()
          return { text }
        },
        async note({ text }) {
          await work()
          listener.noted(text, Date.now())
        },
        async *count(items) {
          for await (const { value } of items) yield { value: value + 1 }
        },
      }),
    },
  })
}
