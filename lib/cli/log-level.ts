/** Which lines of a log are written: those of a level and of the ones before it, `silent` for none; pino's names. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number]

/** Whether lines of a level are written where the log is set to another. */
export function isLogged(level: LogLevel, setTo: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(setTo)
}
