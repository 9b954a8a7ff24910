import { isUtf8 } from 'node:buffer'
import type { Readable } from 'node:stream'
import type { Deadlines } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { createStream, type BoundedStream } from '../../core/stream.ts'
import { arrayReader } from '../../wire/array-reader.ts'
import { lineReader } from '../../wire/line-reader.ts'
import { parseJson } from '../../wire/json.ts'
import { tooLarge } from '../../wire/item.ts'
import { ndjsonType } from './headers.ts'
import { parseMessage } from './message.ts'
import type { HttpSettings } from './options.ts'

/** What is needed to read a body. */
export interface BodyContext {
  readonly settings: HttpSettings
  readonly deadlines: Deadlines
}

/** Reads a body that holds one message. Rejects before it buffers more than a message may have. */
export function readMessage(body: Readable, type: string, contentLength: string | undefined, context: BodyContext): Promise<unknown> {
  const { maxMessageBytes, bodyTimeoutMs, maxDepth } = context.settings
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const settle = (finish: () => void): void => {
      letBe()
      body.off('data', onData).off('end', onEnd).off('close', onClose)
      try {
        finish()
      } catch (error) {
        reject(error)
      }
    }
    const letBe = context.deadlines.after(Date.now() + bodyTimeoutMs, () =>
      settle(() => {
        throw new RpcError('DEADLINE_EXCEEDED', `the body did not arrive within ${bodyTimeoutMs} ms (bodyTimeoutMs)`)
      }),
    )
    const onData = (chunk: Buffer): void => {
      size += chunk.length
      if (size > maxMessageBytes) settle(() => tooLarge(maxMessageBytes))
      else chunks.push(chunk)
    }
    const onEnd = (): void => settle(() => resolve(parseMessage(textOf(chunks), type, maxDepth)))
    const onClose = (): void =>
      settle(() => {
        throw clientGone()
      })
    if (Number(contentLength) > maxMessageBytes) return settle(() => tooLarge(maxMessageBytes))
    body.on('data', onData).on('end', onEnd).on('close', onClose)
  })
}

function textOf(chunks: readonly Buffer[]): string {
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
  if (!isUtf8(bytes)) throw new RpcError('INVALID_ARGUMENT', 'the body is not UTF-8')
  return bytes.toString()
}

/** Reads a body that holds a stream of messages, as they come. While they are not taken the socket is paused. */
export function readStream(body: Readable, type: string, { settings, deadlines }: BodyContext): BoundedStream<unknown> {
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
    .on('close', () => fail(clientGone()))
  return items
}

function clientGone(): RpcError {
  return new RpcError('CANCELLED', 'the client has gone')
}
