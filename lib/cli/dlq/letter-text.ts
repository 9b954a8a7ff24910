import type { DeadLetter, DeadLetterError } from '../../wire/broker/dead-letters.ts'
import type { LetterContent, Verdict } from './read-letter.ts'
import { count, cut, shown, time } from './shown.ts'

/** A dead letter that is shown. */
export interface ShownLetter {
  /** The queue or topic that it lies in. */
  readonly queue: string
  readonly letter: DeadLetter
  readonly content: LetterContent
  readonly verdict: Verdict | undefined
}

/** How much of a payload, of an error's text and of its details is shown, in characters. */
const mostPayload = 2_000
const mostError = 500

/** A dead letter for people, in lines. Whatever is in it, it does nothing to their terminal. */
export function letterLines({ letter, content, verdict }: ShownLetter): readonly string[] {
  const { id, error, attempts, failedAt, sentTo, isReplayed } = letter
  const rows: readonly (readonly [name: string, text: string | undefined])[] = [
    ['method', content.method === undefined ? undefined : cut(content.method, mostError)],
    ['error', error && errorText(error)],
    ['failed', failedText(failedAt, attempts)],
    ['sent to', placeText(sentTo)],
    ['payload', payloadText(letter, content)],
    ['now', verdict && verdictText(verdict)],
    ['replayed', isReplayed ? 'it was sent back already' : undefined],
  ]
  return [
    cut(id, mostError),
    ...rows.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name.padEnd(8)}  ${text}`])),
  ]
}

/** Whether a server would take it, in a line. */
export function verdictText(verdict: Verdict): string {
  return verdict.valid ? 'valid' : `invalid: ${cut(verdict.why, mostError)}`
}

/** A dead letter for programs: one line of JSON, with all that is in it. */
export function letterJson({ queue, letter, content, verdict }: ShownLetter): string {
  const { id, error, attempts, failedAt, sentTo, isReplayed } = letter
  const { envelope } = content
  const record = {
    id,
    queue,
    ...(envelope && { service: envelope.service, method: envelope.method, metadata: envelope.metadata }),
    error,
    attempts,
    failedAt: failedAt === undefined ? undefined : new Date(failedAt).toISOString(),
    sentTo,
    ...(isReplayed && { replayed: true }),
    ...(verdict && { valid: verdict.valid }),
    ...(verdict?.valid === false && { why: verdict.why, pointer: verdict.pointer }),
    ...valueOf(letter, content),
  }
  return shown(JSON.stringify(record))
}

function valueOf({ content: bytes }: DeadLetter, { envelope, text }: LetterContent): object {
  if (envelope) return { payload: envelope.payload ?? {} }
  if (text !== undefined) return { text }
  return bytes ? { base64: Buffer.from(bytes).toString('base64') } : {}
}

function errorText({ code, message, reason, details }: DeadLetterError): string {
  const facts = [reason, details === undefined ? undefined : JSON.stringify(details)]
  const known = facts.filter((fact) => fact !== undefined).join(' ')
  return `${cut(code, mostError)}: ${cut(message, mostError)}${known === '' ? '' : ` (${cut(known, mostError)})`}`
}

function failedText(failedAt: number | undefined, attempts: number | undefined): string | undefined {
  const parts = [
    failedAt === undefined ? undefined : time(failedAt),
    attempts === undefined ? undefined : `${count(attempts)} ${attempts === 1 ? 'attempt' : 'attempts'}`,
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : parts.join(', ')
}

/** `routingKey` is `routing key` for people. */
function placeText(place: DeadLetter['sentTo']): string | undefined {
  const parts = Object.entries(place).map(
    ([name, value]) => `${name === 'routingKey' ? 'routing key' : name} ${cut(String(value), mostError)}`,
  )
  return parts.length === 0 ? undefined : parts.join(', ')
}

function payloadText({ content: bytes }: DeadLetter, { payload, text }: LetterContent): string {
  if (!bytes) return '(none)'
  if (payload !== undefined) return cut(payload, mostPayload)
  return text === undefined ? `(${count(bytes.length)} bytes that are no text)` : cut(text, mostPayload)
}
