import { RpcError, toRpcError } from '../../core/errors.ts'
import { arrayReader } from '../../wire/array-reader.ts'
import { createDecoder, notUtf8 } from '../../wire/item.ts'
import { tooLarge } from '../../wire/too-large.ts'
import { parseJson } from '../../wire/json.ts'
import { lineReader } from '../../wire/line-reader.ts'
import { ndjsonType } from './headers.ts'
import { parseMessage } from './message.ts'
import type { HttpSettings } from './options.ts'

type Body = ReadableStream<Uint8Array>

/** Reads a web body that holds one message. Rejects before it buffers more than a message may have. */
export async function readWebMessage(
  body: Body,
  type: string,
  contentLength: string | null,
  settings: HttpSettings,
): Promise<unknown> {
  const { maxMessageBytes, maxDepth } = settings
  if (Number(contentLength) > maxMessageBytes) tooLarge(maxMessageBytes)
  const decoder = createDecoder()
  let text = ''
  let size = 0
  for await (const chunk of chunksOf(body)) {
    size += chunk.length
    if (size > maxMessageBytes) tooLarge(maxMessageBytes)
    const decoded = decoder.decode(chunk)
    if (decoded.broken) notUtf8()
    text += decoded.text
  }
  if (decoder.decode().broken) notUtf8()
  return parseMessage(text, type, maxDepth)
}

/** Reads a web body that holds a stream of messages; the next chunk is read when the last one's items were taken. */
export async function* readWebStream(
  body: Body,
  type: string,
  settings: HttpSettings,
): AsyncGenerator<unknown, void> {
  const { maxMessageBytes, maxDepth } = settings
  let ready: unknown[] = []
  let failure: RpcError | undefined
  const open = type === ndjsonType ? lineReader : arrayReader
  const reader = open({
    onItem: (item) => ready.push(item),
    maxItemBytes: maxMessageBytes,
    parse: (text) => parseJson(text, maxDepth),
  })
  const attempt = (read: () => void): void => {
    try {
      read()
    } catch (error) {
      // What stood before the mistake is still delivered.
      failure = toRpcError(error)
    }
  }
  for await (const chunk of chunksOf(body)) {
    attempt(() => reader.push(chunk))
    const items = ready
    ready = []
    yield* items
    if (failure !== undefined) throw failure
  }
  attempt(() => reader.end())
  yield* ready
  if (failure !== undefined) throw failure
}

async function* chunksOf(body: Body): AsyncGenerator<Uint8Array, void> {
  const reader = body.getReader()
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
  } catch (cause) {
    throw new RpcError('CANCELLED', 'the client has gone', { cause })
  } finally {
    await reader.cancel().catch(() => {
      // It has failed already, which is why it is being left.
    })
  }
}
