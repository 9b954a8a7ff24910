import { window } from '../../../../lib/wire/session/window.ts'
import { simulate } from './simulate.ts'

/** Plays a seed. Rejects with what does not hold, and says how to play it again. */
export async function playSeed(seed: number): Promise<void> {
  const before = { ...window }
  try {
    await simulate(seed)
  } catch (error) {
    const hint = `seed ${seed} (SEED=${seed} npx vitest run spec/wire/session/simulation)`
    throw new Error(`${hint}: ${(error as Error).message}`, { cause: error })
  } finally {
    Object.assign(window, before)
  }
}
