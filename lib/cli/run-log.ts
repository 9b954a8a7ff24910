import { consoleLog, safeLog, type Log } from '../core/log.ts'
import type { Middleware } from '../core/middleware.ts'
import { accessLog } from '../middleware/request-log.ts'
import { isLogged, type LogLevel } from './log-level.ts'

/** What an app is served with, so that every call is logged. */
export interface CallLogging {
  readonly use?: readonly Middleware[]
}

/**
 * Makes the log of this process, on pino, and gives it to every app that has none of its own. Each call is a line of level
 * `info`, unless the app says so itself.
 */
export async function startLog(level: LogLevel): Promise<CallLogging> {
  // Not before it is needed: no other command loads it.
  const log: Log =
    level === 'silent' ? silence : safeLog((await import('../logging/create-log.ts')).createLog({ level }))
  Object.assign(consoleLog, {
    error: (details, message) => log.error(details, message),
    warn: (details, message) => log.warn(details, message),
    info: (details, message) => log.info(details, message),
    isLevelEnabled: () => isLogged('info', level),
  } satisfies Log)
  return isLogged('info', level) ? { use: [accessLog({ log })] } : {}
}

const silence: Log = { error() {}, warn() {}, info() {} }
