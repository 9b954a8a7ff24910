/**
 * `npm run fuzz:session -- --seeds 100000 --from 1`: more simulations of lib/wire/session than its specs play. Without
 * a number 20,000 are played. Says what failed, by seed, and ends with 1 then.
 */
import { parseArgs } from 'node:util'
import { playSeed } from '../spec/wire/session/simulation/play-seed.ts'

const mostShown = 20
const text = { type: 'string' } as const
const { values } = parseArgs({ options: { seeds: text, from: text } })
const from = Number(values.from ?? 1)
const count = Number(values.seeds ?? 20_000)
let failures = 0

const start = performance.now()
for (let seed = from; seed < from + count; seed++) {
  try {
    await playSeed(seed)
  } catch (error) {
    if (++failures <= mostShown) console.error((error as Error).message)
  }
}
const seconds = ((performance.now() - start) / 1_000).toFixed(1)
console.log(`${count} simulations, seeds ${from} to ${from + count - 1}: ${failures} failures, ${seconds} s`)
process.exit(failures > 0 ? 1 : 0)
