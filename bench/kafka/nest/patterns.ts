import type { Place } from '../place.ts'

/** The topic of each message: NestJS has one for each pattern, and one for its answers. */
export const patternsOf = (place: Place) => ({
  get: `${place.topic}.get`,
  handled: `${place.topic}.handled`,
  passed: `${place.topic}.passed`,
})

/** What NestJS calls the topic of a pattern's answers. */
export const repliesOf = (pattern: string): string => `${pattern}.reply`
