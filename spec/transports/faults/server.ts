// A process that serves over a broker and says what it has done before it answers: specs end it by signals.
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { serve } from 'microapi-ts'
import { amqp } from 'microapi-ts/amqp'
import { kafka } from 'microapi-ts/kafka'
import { jobsApp } from './app.ts'
import { holdCommand, holdingLine, type FaultServerOptions } from './contract.ts'

// Written before it goes on, since the standard output is a pipe: what a killed process has said, it has said.
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const listener = {
  isHolding: false,
  ran: (text: string) => say(`ran ${text}`),
  noted: (text: string, at: number) => say(`noted ${text} ${at}`),
}
const commands = createInterface({ input: process.stdin })
commands.on('line', (line) => {
  if (line !== holdCommand) return
  listener.isHolding = true
  say(holdingLine)
})
// Whoever started us has ended, in whatever way.
void once(commands, 'close').then(() => process.exit(1))

const options = JSON.parse(process.argv[2]!) as FaultServerOptions
const logAt =
  (level: string) =>
  (details: object, message: string): void =>
    say(`logged ${level}: ${message} ${JSON.stringify(details)}`)
// What is lost is meant to be.
const log = { error: logAt('error'), warn: logAt('warn'), info: logAt('info') }
await serve(
  jobsApp(listener, log),
  'amqp' in options ? amqp({ ...options.amqp, log }) : kafka({ ...options.kafka, log }),
)
say('serving')
