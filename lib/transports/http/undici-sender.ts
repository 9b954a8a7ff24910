import { Pool, type Dispatcher } from 'undici'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import { arrayChunks } from './array-chunks.ts'
import type { HttpSettings } from './options.ts'
import type { Receiver, Sender } from './sender.ts'

/** Sends by undici's dispatch: a pool of kept connections, a callback for each event and no stream objects between. */
export function undiciSender(settings: HttpSettings): Sender {
  const { origin } = new URL(settings.url)
  const pool = new Pool(origin, {
    connections: settings.maxConnections ?? null,
    pipelining: 1,
    // Deadlines are the caller's; a stream may be silent for as long as both sides want.
    headersTimeout: 0,
    bodyTimeout: settings.idleTimeoutMs ?? 0,
    connect: {
      timeout: settings.headersTimeoutMs,
      ...(typeof settings.tls === 'object' ? settings.tls : {}),
    } as object,
  })
  return {
    send({ path, headers, body }, receiver) {
      const handler = new DispatchHandler(receiver)
      const content = typeof body === 'object' ? arrayChunks(body.items, body.stringify) : body
      pool.dispatch({ path, method: 'POST', headers, body: (content ?? null) as string | null }, handler)
      return () => handler.abort()
    },
    close: () => pool.destroy(),
  }
}

// A class: undici reads its methods from the handler, and one is made for every call.
class DispatchHandler implements Dispatcher.DispatchHandler {
  private readonly receiver: Receiver
  private controller: Dispatcher.DispatchController | undefined = undefined
  private over = false

  constructor(receiver: Receiver) {
    this.receiver = receiver
  }

  abort(): void {
    if (this.over) return
    this.over = true
    this.controller?.abort(new RpcError('CANCELLED', 'the call was cancelled'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.over) controller.abort(new RpcError('CANCELLED', 'the call was cancelled'))
    this.controller = controller
  }
  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    if (this.over || status < 200) return
    this.receiver.head(status, pairs(headers), controller)
  }
  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.over) this.receiver.data(chunk)
  }
  onResponseEnd(): void {
    if (this.over) return
    this.over = true
    this.receiver.end()
  }
  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.over) return
    this.over = true
    this.receiver.error(failureOf(error))
  }
}

function* pairs(headers: Record<string, string | string[] | undefined>): Iterable<[string, string]> {
  for (const name in headers) {
    const value = headers[name]
    if (value !== undefined) yield [name, typeof value === 'string' ? value : value.join(', ')]
  }
}

const refused = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** What a failed connection means for the call: one that was never made ran nothing. */
function failureOf(error: Error & { code?: string }): RpcError {
  if (error instanceof RpcError) return error
  const code = error.code ?? (error.cause as { code?: string } | undefined)?.code ?? ''
  if (refused.has(code))
    return markNeverRan(
      new RpcError('UNAVAILABLE', `no connection: ${error.message || code}`, { cause: error }),
    )
  if (code === 'UND_ERR_DESTROYED' || code === 'UND_ERR_CLOSED')
    return new RpcError('CANCELLED', 'the client was closed')
  if (code === 'UND_ERR_BODY_TIMEOUT')
    return new RpcError(
      'DEADLINE_EXCEEDED',
      'the server was silent in the middle of its answer (idleTimeoutMs)',
    )
  if (code === 'UND_ERR_INVALID_ARG') return toRpcError(error)
  return new RpcError('UNAVAILABLE', `the connection was lost: ${error.message || code}`, { cause: error })
}
