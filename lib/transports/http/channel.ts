import type { Call, Reply } from '../../core/call.ts'
import { isIterable } from '../../core/iterate.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { tooLarge } from '../../wire/too-large.ts'
import { acceptAll, jsonType, writeRequestHead } from './headers.ts'
import { createReceiver } from './receiver.ts'
import type { HttpRequest, Sender } from './sender.ts'

/** What a channel needs beside the way to send. */
export interface ChannelSettings {
  /** What stands before `/{service}/{method}`: a path, or for fetch a whole URL. */
  readonly path: string
  readonly maxMessageBytes: number
}

/** Calls over HTTP: one request for each call. */
export function httpChannel(sender: Sender, lookup: Lookup | undefined, settings: ChannelSettings): Channel {
  return {
    invoke: (call) =>
      new Promise<Reply>((resolve, reject) => {
        const request = requestOf(call, lookup, settings)
        const receiver = createReceiver(settings.maxMessageBytes, { resolve, reject })
        const abort = sender.send(request, receiver)
        call.lifetime.onCancel((reason) => {
          abort()
          receiver.error(reason)
        })
      }),
    close: () => sender.close(),
  }
}

function requestOf(
  call: Call,
  lookup: Lookup | undefined,
  { path, maxMessageBytes }: ChannelSettings,
): HttpRequest {
  const { service, method, input } = call
  const headers: Record<string, string> = { accept: acceptAll }
  writeRequestHead(headers, call.metadata, call.deadline)
  let body: HttpRequest['body']
  if (input !== undefined) {
    headers['content-type'] = jsonType
    const stringify = lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
    if (isIterable(input)) body = { items: input, stringify }
    else {
      body = stringify(input)
      if (body.length > maxMessageBytes) tooLarge(maxMessageBytes)
    }
  }
  return { path: `${path}/${encoded(service)}/${encoded(method)}`, headers, body }
}

// Names come from the caller's own code: there are few, and each is asked for again and again.
const known = new Map<string, string>()

function encoded(name: string): string {
  let text = known.get(name)
  if (text === undefined) known.set(name, (text = encodeURIComponent(name)))
  return text
}
