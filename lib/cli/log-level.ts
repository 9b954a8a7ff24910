import process from 'node:process'
import { consoleLog } from '../core/log.ts'

/** Which lines of a log are written: those of a level and of the ones before it, `silent` for none; pino's names. */
export const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const

/** One of {@link logLevels}. */
export type LogLevel = (typeof logLevels)[number]

/** Whether lines of a level are written where the log is set to another. */
export function isLogged(level: LogLevel, setTo: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(setTo)
}

/** Sets the log that an app has until it is given another, and MICROAPI_LOG_LEVEL, which one of its own may go by. */
export function setLogLevel(level: LogLevel): void {
  process.env['MICROAPI_LOG_LEVEL'] = level
  for (const name of ['error', 'warn', 'info'] as const)
    if (!isLogged(name, level)) consoleLog[name] = () => {}
}
