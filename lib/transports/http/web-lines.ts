import type { Call, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { iteratorOf } from '../../core/iterate.ts'
import { streamEndLine } from '../../wire/envelope.ts'

/** How a stream of answers is written. */
export interface WebLineFormat {
  /** Whether the last line tells how the stream ended. */
  readonly envelope: boolean
  readonly stringify: (item: unknown) => string
}

/** A reply's output as the body of a web Response: NDJSON, pulled by the client. */
export function webLines(
  call: Call,
  reply: Reply,
  { envelope, stringify }: WebLineFormat,
): ReadableStream<Uint8Array> {
  const items = iteratorOf(reply.output as AsyncIterable<unknown>)
  const encoder = new TextEncoder()
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const item = await items.next()
        if (item.done !== true) return controller.enqueue(encoder.encode(`${stringify(item.value)}\n`))
        if (envelope) controller.enqueue(encoder.encode(streamEndLine(reply.trailer)))
        controller.close()
      } catch (error) {
        if (!envelope) return controller.error(error)
        controller.enqueue(encoder.encode(streamEndLine(reply.trailer, toRpcError(error))))
        controller.close()
      }
    },
    async cancel() {
      call.lifetime.cancel(new RpcError('CANCELLED', 'the client has gone'))
      await items.return?.()
    },
  })
}
