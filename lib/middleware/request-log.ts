import type { Call } from '../core/call.ts'
import { toRpcError } from '../core/errors.ts'
import { consoleLog, type Log } from '../core/log.ts'
import type { Middleware } from '../core/middleware.ts'

/** Options of {@link requestLog}. */
export interface RequestLogOptions {
  /** Where the lines go; the console by default. A pino logger fits. */
  readonly log?: Pick<Log, 'info'>
  /** More to say of a call, read when it has ended. */
  readonly fields?: (call: Call) => Readonly<Record<string, unknown>>
}

/**
 * Writes one line for every call when it has ended, a stream's when the stream has: `service`, `method`, `code`, `ms`
 * and `id`. A failure's cause is not in it: the app's own log has that, under the same id.
 */
export function requestLog(options: RequestLogOptions = {}): Middleware {
  const { log = consoleLog, fields } = options
  const more = (call: Call): object | undefined => {
    try {
      return fields?.(call)
    } catch (error) {
      // The call has gone well; what was to be said of it must not change that.
      return { fields: `failed: ${String(error)}` }
    }
  }

  return function logRequest(call, next) {
    const start = performance.now()
    call.lifetime.onFinish((error) => {
      const code = error === undefined ? 'OK' : toRpcError(error).code
      const ms = Math.round((performance.now() - start) * 10) / 10
      const { service, method, id } = call
      log.info(printable({ service, method, code, ms, id, ...more(call) }), 'call')
    })
    return next(call)
  }
}

const longest = 256

/** The same fields with texts that cannot pretend to be a line of their own, whatever the log makes of them. */
function printable(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? escape(value) : value]),
  )
}

// Controls, C1 included, and Unicode's own line ends.
function escape(text: string): string {
  const short = text.length > longest ? `${text.slice(0, longest)}…` : text
  return short.replaceAll(
    /[\p{Cc}\u2028\u2029]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
