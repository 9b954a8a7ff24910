import { describe, expect, it } from 'vitest'
import { playSeed } from './play-seed.ts'

const only = process.env['SEED']
const count = only === undefined ? Number(process.env['SEEDS'] ?? 10_000) : 1
const from = Number(only ?? 1)
const group = 1_000

describe('two sessions joined by ports that are late, full and lost', () => {
  for (let first = from; first < from + count; first += group) {
    const last = Math.min(first + group, from + count) - 1
    it(
      `seeds ${first} to ${last}: all arrives in order once, calls end once, and nothing is left behind`,
      { timeout: 60_000 },
      async () => {
        for (let seed = first; seed <= last; seed++) await expect(playSeed(seed)).resolves.toBeUndefined()
      },
    )
  }
})
