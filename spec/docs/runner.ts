/** Imports the files that it is told, one after the other, and tells what each has written. */
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import type { Output } from './project.ts'

let text = ''
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (chunk: string | Uint8Array) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
}

let lost: unknown
process.on('unhandledRejection', (error) => (lost = error))

process.on('message', async (file: string) => {
  text = ''
  lost = undefined
  await import(pathToFileURL(file).href).catch((error: unknown) => (lost = error))
  // What a server writes when the call has ended comes a moment after its answer.
  await new Promise((resolve) => setTimeout(resolve, 20))
  const answer: Output = { text, failure: lost === undefined ? undefined : inspect(lost) }
  process.send!(answer)
})
