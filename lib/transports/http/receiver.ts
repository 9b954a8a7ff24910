import type { Reply } from '../../core/call.ts'
import { toRpcError, type RpcError } from '../../core/errors.ts'
import { addMetadata, createMetadata, type Metadata } from '../../core/metadata.ts'
import { createStream } from '../../core/stream.ts'
import { readControl } from '../../wire/envelope.ts'
import { tooLarge } from '../../wire/too-large.ts'
import { endUntold, failureOf, maxFailureBytes, parseAnswer } from './answer.ts'
import { ndjsonType, readReplyHead } from './headers.ts'
import type { Flow, Receiver } from './sender.ts'

/** Where a reply, or the failure before it, goes. */
export interface Settle {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: RpcError) => void
}

/** What reads a body once the head has told which it is. */
interface BodyReader {
  data(chunk: Uint8Array): void
  end(): void
  fail(error: RpcError): void
}

/** Makes a reply of an answer: one message, a stream of lines, or a failure. */
export function createReceiver(maxMessageBytes: number, { resolve, reject }: Settle): Receiver {
  let body: BodyReader | undefined
  let over = false

  const fail = (thrown: unknown): void => {
    if (over) return
    over = true
    const error = toRpcError(thrown)
    if (body) body.fail(error)
    else reject(error)
  }
  const guarded = (run: () => void): void => {
    try {
      if (!over) run()
    } catch (error) {
      fail(error)
    }
  }
  return {
    head(status, headers, flow) {
      const header = createMetadata()
      const trailer = createMetadata()
      const type = readReplyHead(headers, header, trailer).toLowerCase()
      if (status !== 200) {
        const failed = (text: string, cause?: RpcError): void => reject(failureOf(status, text, cause))
        body = textReader(maxFailureBytes, failed, (error) => failed(error.message, error))
      } else if (type.startsWith(ndjsonType)) {
        const envelope = type.includes('envelope=1')
        body = streamReader({ header, trailer, flow, maxMessageBytes, envelope }, resolve)
      } else {
        const answered = (text: string): void =>
          resolve({ output: parseAnswer(text || '{}') ?? {}, header, trailer })
        body = textReader(maxMessageBytes, answered, reject)
      }
    },
    data: (chunk) => guarded(() => body?.data(chunk)),
    end: () =>
      guarded(() => {
        body?.end()
        over = true
      }),
    error: fail,
  }
}

const decoder = new TextDecoder()

/** Collects a body as text; `limit` bytes at most. */
function textReader(
  limit: number,
  done: (text: string) => void,
  fail: (error: RpcError) => void,
): BodyReader {
  const chunks: Uint8Array[] = []
  let size = 0
  return {
    data(chunk) {
      size += chunk.length
      if (size > limit) tooLarge(limit)
      chunks.push(chunk)
    },
    // Most answers are one chunk, which needs no decoder of its own.
    end: () => done(chunks.length === 1 ? decoder.decode(chunks[0]) : joined(chunks)),
    fail,
  }
}

function joined(chunks: readonly Uint8Array[]): string {
  const decoding = new TextDecoder()
  return chunks.map((chunk) => decoding.decode(chunk, { stream: true })).join('') + decoding.decode()
}

interface StreamHead {
  readonly header: Metadata
  readonly trailer: Metadata
  readonly flow: Flow
  readonly maxMessageBytes: number
  readonly envelope: boolean
}

function streamReader(
  { header, trailer, flow, maxMessageBytes, envelope }: StreamHead,
  resolve: (reply: Reply) => void,
): BodyReader {
  let ended = false
  let paused = false
  const items = createStream<unknown>({
    onDrain() {
      if (paused) flow.resume()
      paused = false
    },
  })
  const decoding = new TextDecoder()
  let pending = ''
  // The server is trusted to send lines of JSON; only their length is watched.
  const watch = (line: string): void => {
    if (line.length > maxMessageBytes) tooLarge(maxMessageBytes)
  }
  const take = (line: string): void => {
    watch(line)
    if (line === '') return
    const item = parseAnswer(line)
    if (!envelope || !Array.isArray(item)) return void items.push(item)
    const { type, metadata, error } = readControl(item)
    addMetadata(type === 'header' ? header : trailer, metadata)
    if (type !== 'stream_end') return
    ended = true
    if (error) items.fail(error)
    else items.end()
  }
  const read = (text: string): void => {
    const lines = (pending + text).split('\n')
    pending = lines.pop()!
    lines.forEach(take)
    watch(pending)
  }
  resolve({ output: items, header, trailer })
  return {
    data(chunk) {
      read(decoding.decode(chunk, { stream: true }))
      if (paused || items.writable || items.closed || ended) return
      paused = true
      flow.pause()
    },
    end() {
      read(`${decoding.decode()}\n`)
      if (envelope && !ended) throw endUntold()
      items.end()
    },
    fail: (error) => items.fail(error),
  }
}
