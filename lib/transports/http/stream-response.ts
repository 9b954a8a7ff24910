import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Call, Reply } from '../../core/call.ts'
import { toRpcError } from '../../core/errors.ts'
import { iteratorOf } from '../../core/iterate.ts'
import { pingLine, streamEndLine } from '../../wire/envelope.ts'
import { envelopeType, ndjsonType, notStored, writeReplyHead } from './headers.ts'

/** How a stream of answers is written. */
export interface StreamFormat {
  /** Whether the last line tells how the stream ended. */
  readonly envelope: boolean
  readonly stringify: (item: unknown) => string
  /** How long the stream may be silent before a ping, in ms; 0 for no pings. */
  readonly pingIntervalMs: number
  /** Goes out before the reply's own header. */
  readonly headers: OutgoingHttpHeaders
}

/** Lines are joined up to this many characters; what is ready earlier leaves at the end of the tick. */
const chunkLength = 16_384

/** How long a client may take to read what was written before a stream that failed, in ms. */
const breakOffMs = 10_000

/** Writes a reply's output as NDJSON, as fast as the client takes it. Never rejects. */
export async function writeStream(
  response: ServerResponse,
  call: Call,
  reply: Reply,
  format: StreamFormat,
): Promise<void> {
  const type = format.envelope ? envelopeType : ndjsonType
  const { lifetime } = call
  const items = iteratorOf(reply.output as AsyncIterable<unknown>)
  const output = lineBuffer(response)
  const ping =
    format.envelope && format.pingIntervalMs > 0 ? keepTelling(output, format.pingIntervalMs) : undefined
  // A cancelled call has nobody to wait for room.
  lifetime.onCancel(output.abandon)
  try {
    response.writeHead(200, { ...notStored, ...format.headers, 'content-type': type, ...replyHeaders(reply) })
    for (let item = await items.next(); item.done !== true; item = await items.next()) {
      if (!output.write(`${format.stringify(item.value)}\n`)) await output.drained()
      if (response.destroyed) break
    }
    if (format.envelope) output.write(streamEndLine(reply.trailer))
    output.end()
  } catch (error) {
    // Without envelopes a missing last chunk is all that tells the client that the stream has failed.
    if (!format.envelope) return output.breakOff()
    output.write(streamEndLine(reply.trailer, toRpcError(error)))
    output.end()
  } finally {
    clearInterval(ping)
    lifetime.offCancel(output.abandon)
    await items.return?.()
  }
}

function replyHeaders(reply: Reply): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {}
  writeReplyHead((name, value) => (headers[name] = value), reply.header)
  return headers
}

/** Joins lines into few writes. */
interface LineBuffer {
  /** False when the client is behind: wait for {@link LineBuffer.drained}. */
  write(line: string): boolean
  drained(): Promise<void>
  end(): void
  /** Ends the connection behind what was written, without the last chunk. */
  breakOff(): void
  /** Lets a waiting writer go on. */
  readonly abandon: () => void
  /** Whether nothing was written since the last call. */
  silent(): boolean
}

function lineBuffer(response: ServerResponse): LineBuffer {
  let text = ''
  let scheduled = false
  let written = false
  let release: (() => void) | undefined

  const flush = (): boolean => {
    if (text.length === 0 || response.destroyed) return true
    const chunk = text
    text = ''
    return response.write(chunk)
  }
  const abandon = (): void => {
    release?.()
    release = undefined
  }
  response.on('drain', abandon).on('close', abandon)
  return {
    abandon,
    write(line) {
      text += line
      written = true
      if (text.length >= chunkLength) return flush()
      if (!scheduled) {
        scheduled = true
        // Runs once the microtasks of this tick are through, with all that the handler had ready.
        process.nextTick(() => {
          scheduled = false
          flush()
        })
      }
      return !response.writableNeedDrain
    },
    drained: () =>
      response.writableNeedDrain && !response.destroyed
        ? new Promise((resolve) => (release = resolve))
        : Promise.resolve(),
    end() {
      const rest = text
      text = ''
      response.end(rest)
    },
    breakOff() {
      flush()
      const { socket } = response
      if (!socket) return void response.destroy()
      // Behind what has been written, which destroying the response would take back; a client that reads no more is left.
      socket.setTimeout(breakOffMs, () => socket.destroy())
      socket.destroySoon()
    },
    silent() {
      const was = written
      written = false
      return !was
    },
  }
}

function keepTelling(output: LineBuffer, ms: number): NodeJS.Timeout {
  return setInterval(() => {
    if (output.silent()) output.write(pingLine)
  }, ms).unref()
}
