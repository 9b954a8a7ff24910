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

/**
 * A class: undici reads its methods from the handler, and one is made for every call.
 * In undici 7's plain form, which its newer one (onRequestStart …) wraps at the price of an object of all headers,
 * a controller and a wrapper for each call.
 */
class DispatchHandler implements Dispatcher.DispatchHandler {
  readonly #receiver: Receiver
  #abort: ((error?: Error) => void) | undefined
  #over = false
  #paused = false

  constructor(receiver: Receiver) {
    this.#receiver = receiver
  }

  abort(): void {
    if (this.#over) return
    this.#over = true
    this.#abort?.(cancelled())
  }

  onConnect(abort: (error?: Error) => void): void {
    if (this.#over) abort(cancelled())
    this.#abort = abort
  }
  onHeaders(status: number, headers: readonly Buffer[], resume: () => void): boolean {
    if (this.#over || status < 200) return true
    const flow = {
      pause: () => void (this.#paused = true),
      resume: () => {
        this.#paused = false
        resume()
      },
    }
    this.#receiver.head(status, readable(headers), flow)
    return !this.#paused
  }
  onData(chunk: Buffer): boolean {
    if (!this.#over) this.#receiver.data(chunk)
    return !this.#paused
  }
  onComplete(): void {
    if (this.#over) return
    this.#over = true
    this.#receiver.end()
  }
  onError(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#receiver.error(failureOf(error))
  }
}

function cancelled(): RpcError {
  return new RpcError('CANCELLED', 'the call was cancelled')
}

const contentType = 'content-type'

/** The headers that are read: the content type, and those with our prefix, which begins with an x. */
function* readable(headers: readonly Buffer[]): Iterable<[name: string, value: string]> {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const first = name[0]! | 0x20
    if (first !== 0x78 && name.length !== contentType.length) continue
    yield [name.toString('latin1').toLowerCase(), headers[i + 1]!.toString('latin1')]
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
