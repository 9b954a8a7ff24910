/** The middle value; of an even number, the mean of the middle two. NaN when there is none. */
export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Median, least and greatest of the rounds' figures. */
export interface Figure {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: readonly number[]
}

export const figureOf = (rounds: readonly number[]): Figure => ({
  median: median(rounds),
  min: Math.min(...rounds),
  max: Math.max(...rounds),
  rounds,
})

/** The median of the rounds' own ratios: what two peers measured within seconds of each other makes the noise cancel. */
export const ratioOf = (ours: readonly number[], theirs: readonly number[]): number =>
  median(ours.map((figure, round) => figure / theirs[round]!))
