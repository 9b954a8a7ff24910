import { RpcError } from '../../core/errors.ts'
import { errorFromJson } from '../../wire/error-json.ts'
import { codeOfStatus } from './status.ts'

/** So much of a failure's body is read, in bytes. */
export const maxFailureBytes = 65_536

/** What a failure's body says; one that is no JSON, as proxies send, still says something in its first line. */
export function failureOf(status: number, text: string, cause?: RpcError): RpcError {
  const code = codeOfStatus(status)
  try {
    return errorFromJson(JSON.parse(text), code)
  } catch {
    return new RpcError(code, `HTTP ${status}: ${text.split('\n', 1)[0]!.slice(0, 200)}`, { cause })
  }
}

/** Parses what a server answers. Throws INTERNAL for what is no JSON. */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new RpcError('INTERNAL', 'the server sent what is no JSON', { cause })
  }
}

/** The error of a stream whose server agreed to tell its end, and did not. */
export function endUntold(): RpcError {
  return new RpcError('UNAVAILABLE', 'the stream ended before its end was told')
}
