import type { Reply } from '../../core/call.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { createReceiver } from './receiver.ts'
import { requestOf, type ChannelSettings } from './request.ts'
import type { Sender } from './sender.ts'

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
