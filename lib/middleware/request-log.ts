import type { Call } from '../core/call.ts'
import { inputSchemaOf } from '../core/create-call.ts'
import { toRpcError } from '../core/errors.ts'
import { isIterable } from '../core/iterate.ts'
import type { Lifetime } from '../core/lifetime.ts'
import { consoleLog, type Log } from '../core/log.ts'
import { printable, shortText } from '../core/log-text.ts'
import type { Middleware } from '../core/middleware.ts'
import { requestIdOf } from '../core/request-id.ts'

/** Options of {@link requestLog}. */
export interface RequestLogOptions {
  /** Where the lines go; the console by default. A pino logger fits. */
  readonly log?: Pick<Log, 'info' | 'isLevelEnabled'>
  /** More to say of a call, read when it has ended. */
  readonly fields?: (call: Call) => Readonly<Record<string, unknown>>
  /** Whether its `input` is shown, without what the schema marks `sensitive: true`; servers only, and no streams. */
  readonly payload?: boolean
}

/**
 * Writes one line for every call when it has ended, a stream's when the stream has: `service`, `method`, `code`, `ms`,
 * `id` and `peer`; of an event the `request` that brought it about, too. A failure's cause is not in it: the app's own log
 * has that, under the same id.
 */
export function requestLog(options: RequestLogOptions = {}): Middleware {
  return logging(options, false)
}

/** {@link requestLog} for who serves an app: it says nothing of calls of which a request log of the app's own tells. */
export function accessLog(options: RequestLogOptions): Middleware {
  watching = true
  return logging(options, true)
}

/** Calls of which the app itself tells, kept once somebody asks. */
const told = new WeakSet<Lifetime>()
let watching = false

function logging(
  { log = consoleLog, fields, payload = false }: RequestLogOptions,
  isOuter: boolean,
): Middleware {
  const more = (call: Call): object => {
    try {
      return fields?.(call) ?? {}
    } catch (error) {
      // The call has gone well; what was to be said of it must not change that.
      return { fields: `failed: ${String(error)}` }
    }
  }
  const write = (call: Call, start: number, error: unknown): void => {
    const line: Record<string, unknown> = {
      service: shortText(call.service),
      method: shortText(call.method),
      code: error === undefined ? 'OK' : toRpcError(error).code,
      ms: Math.round((performance.now() - start) * 10) / 10,
      id: shortText(call.id),
      peer: call.peer,
    }
    const request = requestIdOf(call)
    if (request !== call.id) line['request'] = request
    if (payload) Object.assign(line, printable(inputOf(call)))
    if (fields) Object.assign(line, printable(more(call)))
    log.info(line, 'call')
  }

  return function logRequest(call, next) {
    if (watching && !isOuter) told.add(call.lifetime)
    if (log.isLevelEnabled?.('info') === false) return next(call)
    const start = performance.now()
    call.lifetime.onFinish((error) => {
      if (!isOuter || !told.has(call.lifetime)) write(call, start, error)
    })
    return next(call)
  }
}

/** Not shown where nobody knows what of it is sensitive. */
function inputOf(call: Call): { readonly input?: unknown } {
  const schema = inputSchemaOf(call)
  if (schema === undefined || isIterable(call.input)) return {}
  return { input: schema.redact ? schema.redact(call.input) : call.input }
}
