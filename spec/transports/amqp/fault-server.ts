// A process that serves from a queue and says what it has done before it answers: specs end it by signals.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { createApp, rpc, serve } from 'microapi-ts'
import { amqp } from 'microapi-ts/amqp'
import { holdCommand, holdingLine, jobs, type FaultServerOptions } from './fault-contract.ts'

/** How long a job takes behind its effect, in ms: while it lasts the server has it in hand. */
const jobMs = 50

// Written before it goes on, since the standard output is a pipe: what a killed process has said, it has said.
const say = (line: string): void => void process.stdout.write(`${line}\n`)

let isHolding = false
const commands = createInterface({ input: process.stdin })
commands.on('line', (line) => {
  if (line !== holdCommand) return
  isHolding = true
  say(holdingLine)
})
// Whoever started us has ended, in whatever way.
void once(commands, 'close').then(() => process.exit(1))

const app = createApp({
  services: {
    jobs: rpc.implement(jobs, {
      async run({ text }) {
        say(`ran ${text}`)
        await (isHolding ? new Promise<never>(() => {}) : pause(jobMs))
        return { text }
      },
    }),
  },
})
const options = JSON.parse(process.argv[2]!) as FaultServerOptions
// That its connections are lost is what is meant to happen.
const log = { error: console.error, warn: () => {}, info: () => {} }
await serve(app, amqp({ ...options, log }))
say('serving')
