import type { City, Summary } from '../data/city.ts'

/** What a server has counted of events. */
export interface Counted {
  add(city: City): void
  /** Resolves with the sum over so many events once they have come, and begins anew. For one asker at a time. */
  reach(count: number): Promise<Summary>
}

/** Counts events, none yet. */
export const createCounted = (): Counted => {
  let sum: Summary = { count: 0, population: 0 }
  let wanted = Infinity
  let resolve: ((sum: Summary) => void) | undefined
  const look = (): void => {
    if (sum.count < wanted) return
    resolve?.(sum)
    sum = { count: 0, population: 0 }
    wanted = Infinity
  }
  return {
    add({ population }) {
      sum.count++
      sum.population += population
      look()
    },
    reach: (count) =>
      new Promise((done) => {
        wanted = count
        resolve = done
        look()
      }),
  }
}
