/** What the process ends with. */
export const exitCodes = { ok: 0, failure: 1, usage: 2 } as const

/** A failure that the command line tells in one line, which says what to do. */
export class CommandError extends Error {
  readonly exitCode: number

  constructor(message: string, exitCode: number, cause?: unknown) {
    super(message, { cause })
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

/** What was asked for could not be done, or does not hold. */
export function failure(message: string, cause?: unknown): CommandError {
  return new CommandError(message, exitCodes.failure, cause)
}

/** The command line names something that is not there, or makes no sense. */
export function wrongUsage(message: string): CommandError {
  return new CommandError(message, exitCodes.usage)
}

/** What was thrown, in one line. */
export function oneLine(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown)
  return text.replaceAll(/\s*\n\s*/g, ' ').trim()
}
