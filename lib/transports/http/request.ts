import type { Call } from '../../core/call.ts'
import { isIterable } from '../../core/iterate.ts'
import type { Lookup } from '../../core/transport.ts'
import { tooLarge } from '../../wire/too-large.ts'
import { acceptAll, jsonType, writeRequestHead } from './headers.ts'
import type { HttpRequest } from './sender.ts'

/** What a channel needs beside the way to send. */
export interface ChannelSettings {
  /** What stands before `/{service}/{method}`: a path, or for fetch a whole URL. */
  readonly path: string
  readonly maxMessageBytes: number
}

/** The request that a call is sent as. Throws RESOURCE_EXHAUSTED where its message is too large. */
export function requestOf(
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
  return { path: `${path}/${encodeURIComponent(service)}/${encodeURIComponent(method)}`, headers, body }
}
