/** Runs the command lines that it is sent, one after the other: what shared-process.ts starts, by Node as it is. */
import process from 'node:process'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

/** @type {typeof import('../../lib/cli/program.ts')} */
const { runProgram } = await import(pathToFileURL(process.argv[2] ?? '').href)

const signals = ['SIGHUP', 'SIGINT', 'SIGTERM']
const { stdout, stderr } = process
let [out, error] = ['', '']
// What an app writes itself is a part of it.
stdout.write = (/** @type {string | Uint8Array} */ chunk) => Boolean((out += String(chunk)))
stderr.write = (/** @type {string | Uint8Array} */ chunk) => Boolean((error += String(chunk)))

process.on('message', async (/** @type {import('./shared-process.ts').CommandLine} */ sent) => {
  const { home, args, input } = sent
  process.chdir(home)
  Object.defineProperty(process, 'stdin', { value: Readable.from(input === '' ? [] : [Buffer.from(input)]) })
  ;[out, error] = ['', '']
  const exit = await runProgram(args, {
    print: (line) => void stdout.write(`${line}\n`),
    warn: (line) => void stderr.write(`${line}\n`),
  })
  // A command leaves them to the end of its process.
  for (const signal of signals) process.removeAllListeners(signal)
  stdout.removeAllListeners('error')
  process.send?.({ exit, out, error })
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
