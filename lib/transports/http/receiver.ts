import type { Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { createMetadata, type Metadata } from '../../core/metadata.ts'
import { createStream } from '../../core/stream.ts'
import { readControl } from '../../wire/envelope.ts'
import { errorFromJson } from '../../wire/error-json.ts'
import { tooLarge } from '../../wire/too-large.ts'
import { mediaType, ndjsonType, readReplyHead } from './headers.ts'
import type { Flow, Receiver } from './sender.ts'
import { codeOfStatus } from './status.ts'

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

  const fail = (error: RpcError): void => {
    if (over) return
    over = true
    if (body) body.fail(error)
    else reject(error)
  }
  const guarded = (run: () => void): void => {
    if (over) return
    try {
      run()
    } catch (error) {
      fail(toRpcError(error))
    }
  }
  return {
    head(status, headers, flow) {
      const list = [...headers]
      const header = createMetadata()
      const trailer = createMetadata()
      readReplyHead(list, header, trailer)
      const type = list.find(([name]) => name === 'content-type')?.[1]
      if (status !== 200) body = failureReader(status, reject)
      else if (mediaType(type) !== ndjsonType)
        body = messageReader(maxMessageBytes, (output) => resolve({ output, header, trailer }), reject)
      else
        body = streamReader(
          { header, trailer, flow, maxMessageBytes, envelope: /envelope=1/.test(type!) },
          resolve,
        )
    },
    data: (chunk) => guarded(() => body?.data(chunk)),
    end: () =>
      guarded(() => {
        body?.end()
        over = true
      }),
    error: (error) => fail(toRpcError(error)),
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

function messageReader(
  limit: number,
  done: (message: unknown) => void,
  fail: (error: RpcError) => void,
): BodyReader {
  return textReader(limit, (text) => done(text === '' ? {} : (parseAnswer(text) ?? {})), fail)
}

/** A failure's body; one that is no JSON, as proxies send, still says something in its first line. */
function failureReader(status: number, reject: (error: RpcError) => void): BodyReader {
  const code = codeOfStatus(status)
  const done = (text: string): void => {
    try {
      reject(errorFromJson(JSON.parse(text), code))
    } catch {
      reject(new RpcError(code, `HTTP ${status}: ${text.split('\n', 1)[0]!.slice(0, 200)}`))
    }
  }
  return textReader(65_536, done, (error) => reject(new RpcError(code, `HTTP ${status}`, { cause: error })))
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new RpcError('INTERNAL', 'the server sent what is no JSON', { cause })
  }
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
  const onControl = (line: readonly unknown[]): void => {
    const { type, metadata, error } = readControl(line)
    for (const [key, value] of metadata) (type === 'header' ? header : trailer).set(key, value)
    if (type !== 'stream_end') return
    ended = true
    if (error) items.fail(error)
    else items.end()
  }
  const decoding = new TextDecoder()
  let pending = ''
  // The server is trusted to send lines of JSON; only their length is watched.
  const read = (text: string, last: boolean): void => {
    const lines = (pending + text).split('\n')
    pending = last ? '' : lines.pop()!
    if (pending.length > maxMessageBytes) tooLarge(maxMessageBytes)
    for (const line of lines) {
      if (line === '') continue
      if (line.length > maxMessageBytes) tooLarge(maxMessageBytes)
      const item = parseAnswer(line)
      if (envelope && Array.isArray(item)) onControl(item)
      else items.push(item)
    }
  }
  resolve({ output: items, header, trailer })
  return {
    data(chunk) {
      read(decoding.decode(chunk, { stream: true }), false)
      if (paused || items.writable || items.closed || ended) return
      paused = true
      flow.pause()
    },
    end() {
      read(decoding.decode(), true)
      if (envelope && !ended) throw new RpcError('UNAVAILABLE', 'the stream ended before its end was told')
      items.end()
    },
    fail: (error) => items.fail(error),
  }
}
