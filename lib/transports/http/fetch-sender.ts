import { RpcError } from '../../core/errors.ts'
import type { Flow, MessageStream, Receiver, Sender } from './sender.ts'

/**
 * Sends by `fetch`, where there is nothing else. Over HTTP/1.1 it cannot stream a body: messages are collected first
 * (`maxUploadBytes` at most), so a two-way call gets its answers only once it has sent everything.
 */
export function fetchSender(maxUploadBytes: number): Sender {
  const running = new Set<AbortController>()
  return {
    send({ path, headers, body }, receiver) {
      const controller = new AbortController()
      const { signal } = controller
      const run = async (): Promise<void> => {
        const text = typeof body === 'object' ? await collect(body, maxUploadBytes) : body
        await receive(await fetch(path, { method: 'POST', headers, signal, body: text ?? null }), receiver)
      }
      running.add(controller)
      void run()
        .catch((error: unknown) => receiver.error(error instanceof RpcError ? error : lost(error)))
        .then(() => running.delete(controller))
      return () => controller.abort()
    },
    async close() {
      for (const controller of running) controller.abort(new RpcError('CANCELLED', 'the client was closed'))
    },
  }
}

// fetch does not say whether a request left: none may be repeated for that reason alone.
function lost(cause: unknown): RpcError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new RpcError('UNAVAILABLE', `the connection failed: ${why}`, { cause })
}

async function receive({ status, headers, body }: Response, receiver: Receiver): Promise<void> {
  let room: Promise<void> | undefined
  let resume = (): void => {}
  const flow: Flow = {
    pause() {
      room = new Promise((resolve) => (resume = resolve))
    },
    resume: () => resume(),
  }
  receiver.head(status, headers, flow)
  const sink = new WritableStream<Uint8Array>({
    write(chunk) {
      receiver.data(chunk)
      return room
    },
  })
  await body?.pipeTo(sink)
  receiver.end()
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
