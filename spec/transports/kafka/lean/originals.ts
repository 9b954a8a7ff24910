import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

/** Where kafkajs keeps a part. */
const pathOf = (part: string): string => require.resolve(`kafkajs/src/protocol/${part}`)

/** The part of the kafkajs that is loaded here. */
export const loaded = (part: string): unknown => require(pathOf(part))

/** A part anew, as kafkajs has it. */
export function original(part: string): unknown {
  const path = pathOf(part)
  const known = require.cache[path]
  delete require.cache[path]
  const made: unknown = require(path)
  if (known) require.cache[path] = known
  return made
}
