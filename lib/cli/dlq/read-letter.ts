import { isRpcError } from '../../core/errors.ts'
import { invalidInput } from '../../core/invalid-input.ts'
import { takesStream } from '../../core/kind.ts'
import type { Description } from '../../core/transport.ts'
import type { DeadLetter } from '../../wire/broker/dead-letters.ts'
import { refusalOf } from '../../wire/json.ts'
import { readEnvelope, type Envelope } from '../../wire/session/envelope.ts'

/** What is in a dead letter. */
export interface LetterContent {
  /** Undefined for what is no UTF-8, and for nothing. */
  readonly text: string | undefined
  /** Undefined where it is no envelope of an event or a request. */
  readonly envelope: Envelope | undefined
  /** `service.method`, where it says so. */
  readonly method: string | undefined
  /** The payload as JSON; undefined without an envelope. */
  readonly payload: string | undefined
}

/** Whether a server would take a dead letter. */
export type Verdict =
  | { readonly valid: true }
  | {
      readonly valid: false
      readonly why: string
      /** The JSON pointer of the first mistake in the payload, where there is one. */
      readonly pointer?: string
      /** There is nothing that could be sent. */
      readonly isEmpty?: true
    }

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Reads what is in a dead letter; whatever it is, this does not throw. */
export function readContent({ content }: DeadLetter): LetterContent {
  const text = content && textOf(content)
  const found = text === undefined ? undefined : readEnvelope(text)
  const payload = found?.type === 'request' ? jsonOf(found.payload ?? {}) : undefined
  if (!found || payload === undefined)
    return { text, envelope: undefined, method: undefined, payload: undefined }
  return { text, envelope: found, method: `${found.service ?? ''}.${found.method ?? ''}`, payload }
}

/** How deep servers let a payload be nested unless told otherwise. */
const maxDepth = 64

/**
 * Says whether a server would take it, by what its methods are now; undefined where that cannot be said: nobody knows
 * the methods. What no server of any app takes is told without them.
 */
export function judge(
  letter: DeadLetter,
  content: LetterContent,
  app: Description | undefined,
): Verdict | undefined {
  const { text, envelope, method = '', payload = '' } = content
  if (!letter.content)
    return { valid: false, why: 'it lies here without its value, which was too large', isEmpty: true }
  if (text === undefined || !envelope)
    return { valid: false, why: 'it is no envelope of an event or a request' }
  const refusal = refusalOf(text, envelope.payload, maxDepth)
  if (refusal) return { valid: false, why: refusal.message }
  if (!app) return undefined
  const facts = app.find(envelope.service ?? '', envelope.method ?? '')
  if (!facts) return { valid: false, why: `the app has no method ${method}` }
  if (takesStream(facts.kind)) return undefined
  try {
    // Checking fills in defaults: what is shown stays as it came.
    facts.compiled.input.take(JSON.parse(payload), invalidInput)
    return { valid: true }
  } catch (error) {
    if (!isRpcError(error)) throw error
    const { pointer } = Object(error.details) as { readonly pointer?: unknown }
    return { valid: false, why: error.message, ...(typeof pointer === 'string' && { pointer }) }
  }
}

function textOf(content: Uint8Array): string | undefined {
  try {
    return utf8.decode(content)
  } catch {
    return undefined
  }
}

/** Undefined for what is nested so deep that it can be parsed, but not written. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
