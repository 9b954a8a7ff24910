import { isDeepStrictEqual } from 'node:util'
import { simulate } from './simulate.ts'

/** Plays a seed twice, with and without the caches: what arrives, what is written and the tables are the same. Throws what does not hold. */
export function playSeed(seed: number): void {
  try {
    const cached = simulate(seed, { caches: true })
    const plain = simulate(seed, { caches: false })
    if (!isDeepStrictEqual(cached, plain))
      throw new Error('with the caches it goes another way than without them')
  } catch (error) {
    const hint = `seed ${seed} (SEED=${seed} npx vitest run spec/http2/simulation)`
    throw new Error(`${hint}: ${(error as Error).message}`, { cause: error })
  }
}
