/** Where commands write. */
export interface Terminal {
  /** A line of what was asked for. */
  readonly print: (line: string) => void
  /** A line beside it. */
  readonly warn: (line: string) => void
}
