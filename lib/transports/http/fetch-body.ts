import { RpcError } from '../../core/errors.ts'
import { addMetadata, type Metadata } from '../../core/metadata.ts'
import { readControl, type Control } from '../../wire/envelope.ts'
import { tooLarge } from '../../wire/too-large.ts'
import { endUntold, parseAnswer } from './answer.ts'

type Body = Response['body']

/** Throws the error of a connection that failed. fetch does not say whether a request left: none may be repeated for that reason alone. */
export function lost(cause: unknown): never {
  // What the request was aborted for.
  if (cause instanceof RpcError) throw cause
  const why = cause instanceof Error ? cause.message : String(cause)
  throw new RpcError('UNAVAILABLE', `the connection failed: ${why}`, { cause })
}

/** A body as text. Rejects with RESOURCE_EXHAUSTED where it has more bytes. */
export async function textOf(body: Body, maxBytes: number): Promise<string> {
  let all = ''
  for await (const text of textsOf(body, maxBytes)) all += text
  return all
}

/** What is to be known of a stream of answers. */
export interface ItemsSettings {
  /** Where the metadata go that stand between the items. */
  readonly header: Metadata
  readonly trailer: Metadata
  /** Whether the server tells the end, and may send metadata before. */
  readonly envelope: boolean
  /** The longest line. */
  readonly maxLength: number
}

/** The items of an NDJSON body. The server is trusted to send lines of JSON; only their length is watched. */
export async function* itemsOf(
  body: Body,
  { header, trailer, envelope, maxLength }: ItemsSettings,
): AsyncGenerator {
  let end = undefined as Control | undefined
  const itemIn = (line: string): unknown => {
    if (line.length > maxLength) tooLarge(maxLength)
    if (line === '' || end) return undefined
    const item = parseAnswer(line)
    if (!envelope || !Array.isArray(item)) return item
    const control = readControl(item)
    addMetadata(control.type === 'header' ? header : trailer, control.metadata)
    if (control.type === 'stream_end') end = control
    return undefined
  }
  try {
    for await (const lines of linesOf(body, maxLength)) {
      for (const line of lines) {
        const item = itemIn(line)
        if (item !== undefined) yield item
      }
    }
  } catch (error) {
    // Read on behind the end, so that the connection can be used again; what happens there is of no interest.
    if (!end) throw error
  }
  if (end?.error) throw end.error
  if (envelope && !end) throw endUntold()
}

/** The lines of a body, those of each chunk together. */
async function* linesOf(body: Body, maxLength: number): AsyncGenerator<readonly string[], void> {
  let pending = ''
  for await (const text of textsOf(body)) {
    const lines = (pending + text).split('\n')
    pending = lines.pop()!
    if (pending.length > maxLength) tooLarge(maxLength)
    yield lines
  }
  yield [pending]
}

async function* textsOf(body: Body, maxBytes = Number.POSITIVE_INFINITY): AsyncGenerator<string, void> {
  if (!body) return
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let bytes = 0
  const read = () => reader.read().catch(lost)
  try {
    for (let part = await read(); !part.done; part = await read()) {
      bytes += part.value.length
      if (bytes > maxBytes) tooLarge(maxBytes)
      yield decoder.decode(part.value, { stream: true })
    }
    yield decoder.decode()
  } finally {
    reader.cancel().catch(() => {
      // It has failed already, which is why it is being left.
    })
  }
}
