import { neverRan } from '../core/never-ran.ts'
import type { RpcError } from '../core/errors.ts'
import { escapeControls } from './answer-output.ts'
import { failure, type CommandError } from './failure.ts'
import { withoutPassword } from './without-password.ts'

/** What is known of a call that failed. */
export interface FailedCall {
  readonly url: string
  /** Whether the command line limited its time. */
  readonly isTimed: boolean
  /** How many messages had been taken from stdin, where they came from there line by line. */
  readonly taken?: number
  readonly isEvent?: boolean
}

/** A failed call in one line: code, message, details and the way out. */
export function callFailure(error: RpcError, call: FailedCall): CommandError {
  const { code, message, reason, details } = error
  const facts = [reason, details === undefined ? undefined : JSON.stringify(details)]
  const known = facts.filter((fact) => fact !== undefined).join(' ')
  const out = wayOut(error, call)
  const text = `${code}: ${message}${known === '' ? '' : ` (${known})`}${out === undefined ? '' : `; ${out}`}`
  return failure(escapeControls(text), error)
}

function wayOut(error: RpcError, { url, isTimed, taken, isEvent }: FailedCall): string | undefined {
  if (taken !== undefined && isEvent === true && taken > 1)
    return `it is message ${taken} of stdin; those before it are published`
  switch (error.code) {
    case 'UNAVAILABLE':
      return neverRan(error)
        ? `is the server running, and is ${withoutPassword(url)} its address?`
        : 'calling again may help'
    case 'DEADLINE_EXCEEDED':
      return isTimed ? '--timeout gives it longer' : undefined
    case 'UNAUTHENTICATED':
      return "--metadata 'authorization=Bearer …' says who calls"
    case 'UNIMPLEMENTED':
      return error.reason === 'UNKNOWN_METHOD' ? 'microapi info shows what an app has' : undefined
    case 'INVALID_ARGUMENT':
      return taken !== undefined && isEvent !== true
        ? 'to a method that takes one message, - gives the one on stdin'
        : undefined
    default:
      return undefined
  }
}
