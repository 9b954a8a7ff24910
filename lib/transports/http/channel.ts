import type { Call, Reply } from '../../core/call.ts'
import { RpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import type { Channel, Description, MethodDescription } from '../../core/transport.ts'
import { acceptAll, jsonType, writeRequestHead } from './headers.ts'
import { createReceiver } from './receiver.ts'
import type { HttpRequest, Sender } from './sender.ts'

/** What a channel needs beside the way to send. */
export interface ChannelSettings {
  /** The path before `/{service}/{method}`. */
  readonly path: string
  readonly maxMessageBytes: number
}

/** Calls over HTTP: one request for each call. */
export function httpChannel(
  sender: Sender,
  describe: Description | undefined,
  settings: ChannelSettings,
): Channel {
  return {
    invoke: (call) =>
      new Promise<Reply>((resolve, reject) => {
        const request = requestOf(call, describe?.find(call.service, call.method), settings)
        const { lifetime } = call
        const receiver = createReceiver(settings.maxMessageBytes, { resolve, reject })
        const abort = sender.send(request, receiver)
        lifetime.onCancel((reason) => {
          abort()
          receiver.error(reason)
        })
      }),
    close: () => sender.close(),
  }
}

function requestOf(
  call: Call,
  description: MethodDescription | undefined,
  settings: ChannelSettings,
): HttpRequest {
  const headers: Record<string, string> = { accept: acceptAll }
  writeRequestHead(headers, call.metadata, call.deadline)
  const path = `${settings.path}/${encodeURIComponent(call.service)}/${encodeURIComponent(call.method)}`
  const stringify = description ? description.compiled.input.stringify : JSON.stringify
  if (isIterable(call.input)) {
    headers['content-type'] = jsonType
    return { path, headers, body: { items: call.input, stringify } }
  }
  if (call.input === undefined) return { path, headers, body: undefined }
  headers['content-type'] = jsonType
  return { path, headers, body: textOf(call.input, stringify, settings.maxMessageBytes) }
}

function textOf(input: unknown, stringify: (input: unknown) => string, maxBytes: number): string {
  const text = stringify(input)
  if (text.length > maxBytes) {
    throw new RpcError('RESOURCE_EXHAUSTED', `message of more than ${maxBytes} bytes (maxMessageBytes)`, {
      reason: 'TOO_LARGE',
    })
  }
  return text
}
