import type { Call, Reply } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import { untilCancelled, type Lifetime } from '../../core/lifetime.ts'
import { createMetadata } from '../../core/metadata.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { failureOf, maxFailureBytes, parseAnswer } from './answer.ts'
import { itemsOf, lost, textOf } from './fetch-body.ts'
import { ndjsonType, readReplyHead } from './headers.ts'
import { requestOf, type ChannelSettings } from './request.ts'
import type { MessageStream } from './sender.ts'

/** What a channel by fetch needs of the transport's settings. */
export interface FetchSettings extends ChannelSettings {
  /** The longest stream of messages, in characters. */
  readonly maxUploadBytes: number
}

/**
 * Calls by `fetch`, where there is nothing else. Over HTTP/1.1 it cannot stream a body: messages are collected first
 * (`maxUploadBytes` at most), so a two-way call gets its answers only once it has sent everything.
 */
export function fetchChannel(lookup: Lookup | undefined, settings: FetchSettings): Channel {
  const running = new Set<Lifetime>()
  const run = async (call: Call): Promise<Reply> => {
    const { path, headers, body } = requestOf(call, lookup, settings)
    const text = typeof body === 'object' ? await collect(body, settings.maxUploadBytes) : body
    const request = { method: 'POST', headers, signal: call.signal, body: text ?? null }
    return replyOf(await fetch(path, request).catch(lost), settings.maxMessageBytes)
  }
  return {
    invoke(call) {
      const { lifetime } = call
      running.add(lifetime)
      lifetime.onFinish(() => running.delete(lifetime))
      return untilCancelled(lifetime, run(call))
    },
    async close() {
      for (const lifetime of running) lifetime.cancel(new RpcError('CANCELLED', 'the client was closed'))
    },
  }
}

async function collect({ items, stringify }: MessageStream, maxBytes: number): Promise<string> {
  let text = '['
  for await (const item of items) {
    text += (text === '[' ? '' : ',\n') + stringify(item)
    if (text.length > maxBytes) {
      throw new RpcError(
        'RESOURCE_EXHAUSTED',
        `fetch sends a stream whole, and this one has more than ${maxBytes} characters (maxUploadBytes)`,
      )
    }
  }
  return `${text}]`
}

async function replyOf({ status, headers, body }: Response, maxBytes: number): Promise<Reply> {
  const header = createMetadata()
  const trailer = createMetadata()
  const type = readReplyHead(headers, header, trailer).toLowerCase()
  if (status !== 200) {
    throw failureOf(status, await textOf(body, maxFailureBytes).catch((error: RpcError) => error.message))
  }
  const output = type.startsWith(ndjsonType)
    ? itemsOf(body, { header, trailer, maxLength: maxBytes, envelope: type.includes('envelope=1') })
    : (parseAnswer((await textOf(body, maxBytes)) || '{}') ?? {})
  return { output, header, trailer }
}
