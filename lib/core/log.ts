import { escapeText, loggable, printable } from './log-text.ts'

/** Where the framework writes what a person should see. `console`, pino and fastify's own logger are one. */
export interface Log {
  error(details: object, message: string): void
  warn(details: object, message: string): void
  info(details: object, message: string): void
  /** Whether lines of that level are written; where it says no they are not even made. pino has it. */
  isLevelEnabled?(level: 'info'): boolean
}

/** Writes to the console. */
export const consoleLog: Log = {
  error: ({ error, ...details }: { error?: unknown }, message) =>
    console.error(line(message, details), error === undefined ? '' : loggable(error)),
  warn: ({ error, ...details }: { error?: unknown }, message) =>
    console.warn(line(message, details), error === undefined ? '' : loggable(error)),
  info: (details, message) => console.info(line(message, details)),
}

/** A log whose lines can hold no line breaks, controls and sensitive details of a caller, whatever writes them. */
export function safeLog(log: Log): Log {
  // It sees to that by itself.
  if (log === consoleLog) return log
  const safe: Log = {
    error: (details, message) => log.error(printable(details), escapeText(message)),
    warn: (details, message) => log.warn(printable(details), escapeText(message)),
    info: (details, message) => log.info(printable(details), escapeText(message)),
  }
  if (log.isLevelEnabled) safe.isLevelEnabled = (level) => log.isLevelEnabled!(level)
  return safe
}

// JSON escapes CR, LF and much else by which a value could pretend to be a line of its own; what it leaves is done here.
function line(message: string, details: object): string {
  const shown = Object.keys(details).length === 0 ? '' : ` ${JSON.stringify(printable(details))}`
  return escapeText(`${message}${shown}`)
}
