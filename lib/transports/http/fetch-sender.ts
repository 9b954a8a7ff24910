import { RpcError } from '../../core/errors.ts'
import type { Flow, HttpRequest, Receiver, Sender } from './sender.ts'

/**
 * Sends by `fetch`, where there is nothing else. Over HTTP/1.1 it cannot stream a body: messages are collected first
 * (`maxUploadBytes` at most), so a two-way call gets its answers only once it has sent everything.
 */
export function fetchSender(origin: string, maxUploadBytes: number): Sender {
  const running = new Set<AbortController>()
  const run = async (
    request: HttpRequest,
    receiver: Receiver,
    controller: AbortController,
  ): Promise<void> => {
    const gate = createGate()
    try {
      const { path, headers } = request
      const body =
        typeof request.body === 'object' ? await collect(request.body, maxUploadBytes) : request.body
      const response = await fetch(origin + path, {
        method: 'POST',
        headers,
        signal: controller.signal,
        ...(body === undefined ? {} : { body }),
      })
      receiver.head(response.status, response.headers, gate)
      if (response.body) await pump(response.body, receiver, gate)
      receiver.end()
    } catch (error) {
      receiver.error(error instanceof RpcError ? error : lost(error))
    } finally {
      running.delete(controller)
    }
  }
  return {
    send(request, receiver) {
      const controller = new AbortController()
      running.add(controller)
      void run(request, receiver, controller)
      return () => controller.abort()
    },
    async close() {
      for (const controller of running) controller.abort(new RpcError('CANCELLED', 'the client was closed'))
    },
  }
}

// fetch does not say whether a request left: none may be repeated for that reason alone.
function lost(cause: unknown): RpcError {
  return new RpcError(
    'UNAVAILABLE',
    `the connection failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  )
}

async function pump(body: ReadableStream<Uint8Array>, receiver: Receiver, gate: Gate): Promise<void> {
  const reader = body.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    receiver.data(read.value)
    await gate.opened()
  }
}

interface Gate extends Flow {
  opened(): Promise<void> | undefined
}

function createGate(): Gate {
  let closed: Promise<void> | undefined
  let open: (() => void) | undefined
  return {
    pause: () => (closed ??= new Promise((resolve) => (open = resolve))),
    resume() {
      open?.()
      closed = undefined
    },
    opened: () => closed,
  }
}

async function collect(
  { items, stringify }: Exclude<HttpRequest['body'], string | undefined>,
  maxBytes: number,
): Promise<string> {
  const texts: string[] = []
  let length = 0
  for await (const item of items) {
    const text = stringify(item)
    length += text.length
    if (length > maxBytes) {
      throw new RpcError(
        'RESOURCE_EXHAUSTED',
        `fetch sends a stream whole, and this one is longer than ${maxBytes} characters (maxUploadBytes); send it over WebSocket`,
      )
    }
    texts.push(text)
  }
  return `[${texts.join(',\n')}]`
}
