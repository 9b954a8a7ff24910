import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import type { Deadlines } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { createStream, type BoundedStream } from '../../core/stream.ts'
import { arrayReader } from '../../wire/array-reader.ts'
import { lineReader } from '../../wire/line-reader.ts'
import { parseJson } from '../../wire/json.ts'
import { notUtf8 } from '../../wire/item.ts'
import { tooLarge } from '../../wire/too-large.ts'
import { ndjsonType } from './headers.ts'
import { parseMessage } from './message.ts'
import type { HttpSettings } from './options.ts'

/** What is needed to read a body. */
export interface BodyContext {
  readonly settings: HttpSettings
  readonly deadlines: Deadlines
}

/** Hears of a body that has been read, or why it could not be. */
export type OnMessage = (error: unknown, message?: unknown) => void

/** What a request's head says of its body. */
export interface BodyHead {
  /** The media type, without parameters. */
  readonly type: string
  readonly contentLength: string | undefined
}

/** Reads a body that holds one message; fails before it buffers more than a message may have. */
export function readMessage(
  body: Readable,
  head: BodyHead,
  { settings, deadlines }: BodyContext,
  onMessage: OnMessage,
): void {
  const { maxMessageBytes, bodyTimeoutMs, maxDepth } = settings
  if (Number(head.contentLength) > maxMessageBytes)
    return onMessage(failureOf(() => tooLarge(maxMessageBytes)))
  let bytes: Buffer | undefined
  let size = 0
  let over = false
  const settle = (error: unknown, message?: unknown): void => {
    if (over) return
    over = true
    letBe()
    onMessage(error, message)
  }
  const letBe = deadlines.after(Date.now() + bodyTimeoutMs, () =>
    settle(
      new RpcError('DEADLINE_EXCEEDED', `the body did not arrive within ${bodyTimeoutMs} ms (bodyTimeoutMs)`),
    ),
  )
  body.on('data', (chunk: Buffer) => {
    if (over) return
    if (size + chunk.length > maxMessageBytes) return settle(failureOf(() => tooLarge(maxMessageBytes)))
    bytes = bytes === undefined ? chunk : append(bytes, size, chunk)
    size += chunk.length
  })
  body.on('end', () => {
    let message: unknown
    try {
      message = parseMessage(
        textOf(bytes?.length === size ? bytes : bytes?.subarray(0, size)),
        head.type,
        maxDepth,
      )
    } catch (error) {
      return settle(error)
    }
    settle(undefined, message)
  })
  body.on('close', () => {
    // Comes behind the end too; an error made for nothing costs more than all the rest.
    if (!over) settle(clientGone())
  })
}

// One buffer that doubles. A list of chunks would be a hundred times their size where each holds one byte.
function append(bytes: Buffer, size: number, chunk: Buffer): Buffer {
  let room = bytes
  if (size + chunk.length > bytes.length) {
    room = Buffer.allocUnsafe(2 * (size + chunk.length))
    bytes.copy(room, 0, 0, size)
  }
  chunk.copy(room, size)
  return room
}

function textOf(bytes: Buffer | undefined): string {
  if (bytes === undefined) return ''
  if (!isUtf8(bytes)) notUtf8()
  return bytes.toString()
}

function failureOf(fail: () => never): unknown {
  try {
    return fail()
  } catch (error) {
    return error
  }
}

/** Reads a body that holds a stream of messages, as they come. While they are not taken the socket is paused. */
export function readStream(
  body: Readable,
  type: string,
  { settings, deadlines }: BodyContext,
): BoundedStream<unknown> {
  const { maxMessageBytes, maxDepth, idleTimeoutMs } = settings
  let letBe: (() => void) | undefined
  const items = createStream<unknown>({
    onDrain: () => body.resume(),
    // What is left of a body that nobody reads runs off; the connection can then be used again.
    onClose: () => body.resume(),
  })
  const watchIdle = (): void => {
    letBe?.()
    if (idleTimeoutMs === undefined) return
    letBe = deadlines.after(Date.now() + idleTimeoutMs, () => {
      fail(new RpcError('DEADLINE_EXCEEDED', `the stream was silent for ${idleTimeoutMs} ms (idleTimeoutMs)`))
    })
  }
  const fail = (error: unknown): void => {
    letBe?.()
    items.fail(toRpcError(error))
    body.resume()
  }
  const parse = (text: string): unknown => parseJson(text, maxDepth)
  const open = type === ndjsonType ? lineReader : arrayReader
  const reader = open({ onItem: (item) => void items.push(item), maxItemBytes: maxMessageBytes, parse })
  watchIdle()
  body
    .on('data', (chunk: Buffer) => {
      if (items.closed) return
      watchIdle()
      try {
        reader.push(chunk)
      } catch (error) {
        return fail(error)
      }
      if (!items.writable && !items.closed) body.pause()
    })
    .on('end', () => {
      letBe?.()
      try {
        reader.end()
        items.end()
      } catch (error) {
        fail(error)
      }
    })
    .on('close', () => {
      if (!body.readableEnded) fail(clientGone())
    })
  return items
}

function clientGone(): RpcError {
  return new RpcError('CANCELLED', 'the client has gone')
}
