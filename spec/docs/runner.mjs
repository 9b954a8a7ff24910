/** Imports the files that it is told, one after the other, and tells what each has written. Node runs it as it is. */
import process from 'node:process'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'

let text = ''
for (const stream of [process.stdout, process.stderr]) {
  stream.write = (/** @type {string | Uint8Array} */ chunk) => {
    text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString()
    return true
  }
}

/** @type {unknown} */
let lost
process.on('unhandledRejection', (error) => (lost = error))

process.on('message', async (/** @type {string} */ file) => {
  text = ''
  lost = undefined
  await import(pathToFileURL(file).href).catch((error) => (lost = error))
  // What a server writes when the call has ended comes a moment after its answer.
  await new Promise((resolve) => setTimeout(resolve, 20))
  /** @type {import('./project.ts').Output} */
  const answer = { text, failure: lost === undefined ? undefined : inspect(lost) }
  process.send?.(answer)
})
