import { RpcError } from '../../core/errors.ts'
import type { Lifetime } from '../../core/lifetime.ts'
import { utf8Length } from '../../wire/utf8-length.ts'
import { failureOfClose } from './close-code.ts'
import type { Dial, Wire, WireListener } from './dial.ts'
import { protocol } from './protocol.ts'

/** What is used of a browser's WebSocket; Node's newer ones have it too. */
interface WebSocketLike {
  binaryType: string
  readonly protocol: string
  readonly bufferedAmount: number
  send(text: string): void
  close(code?: number): void
  addEventListener<K extends keyof Events>(name: K, hear: (event: Events[K]) => void): void
}

interface Events {
  readonly open: object
  readonly message: { readonly data: string | ArrayBuffer }
  readonly close: { readonly code: number; readonly reason: string }
}

type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/** How a browser dials. */
export interface WebDialSettings {
  readonly url: string
  readonly maxBufferedBytes: number
  readonly connectTimeoutMs: number
}

/** Opens connections in a browser. A server that does not know our protocol is asked again without it. */
export function webDial(settings: WebDialSettings): Dial {
  let isKnown = false
  return async (listener, life) => {
    try {
      const wire = await dial(settings, [protocol], listener, life)
      isKnown = true
      return wire
    } catch (error) {
      // Browsers do not say why. Where it works without the protocol, that was it; but not where it has worked with it,
      // and not where nothing came in all that time.
      if (isKnown || life.reason || !(error instanceof RefusedError)) throw error
      return dial(settings, [], listener, life).catch(() => Promise.reject(error))
    }
  }
}

/** The handshake failed, whyever. */
class RefusedError extends RpcError {}

function dial(
  { url, maxBufferedBytes, connectTimeoutMs }: WebDialSettings,
  protocols: string[],
  listener: WireListener,
  life: Lifetime,
): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const { WebSocket } = globalThis as unknown as { WebSocket: WebSocketConstructor }
    let socket: WebSocketLike
    try {
      socket = new WebSocket(url, protocols)
    } catch (cause) {
      // An address that is none, or ws:// on a page that came over https.
      const why = cause instanceof Error ? cause.message : String(cause)
      return reject(new RpcError('FAILED_PRECONDITION', `${url}: ${why}`, { cause }))
    }
    socket.binaryType = 'arraybuffer'
    const decoder = new TextDecoder()
    let isOpen = false
    let watching: ReturnType<typeof setTimeout> | undefined
    const giveUp = (): void => socket.close()
    const late = setTimeout(() => {
      reject(
        new RpcError('UNAVAILABLE', `${url}: no connection in ${connectTimeoutMs} ms (connectTimeoutMs)`),
      )
      giveUp()
    }, connectTimeoutMs)
    life.onCancel(giveUp)
    // Browsers have no event for it.
    const watch = (): void => {
      if (socket.bufferedAmount > maxBufferedBytes / 2) watching = setTimeout(watch, 10)
      else {
        watching = undefined
        listener.drained()
      }
    }
    socket.addEventListener('open', () => {
      isOpen = true
      clearTimeout(late)
      life.offCancel(giveUp)
      resolve({
        negotiated: socket.protocol === protocol,
        send(text) {
          socket.send(text)
          if (socket.bufferedAmount <= maxBufferedBytes) return true
          watching ??= setTimeout(watch, 10)
          return false
        },
        pause() {},
        resume() {},
        close: () => socket.close(1000),
      })
    })
    socket.addEventListener('message', ({ data }) => {
      if (typeof data === 'string') listener.message(data, utf8Length(data))
      else listener.message(decoder.decode(data), data.byteLength)
    })
    socket.addEventListener('close', ({ code, reason }) => {
      clearTimeout(late)
      clearTimeout(watching)
      life.offCancel(giveUp)
      if (isOpen) listener.closed(failureOfClose(code, reason))
      else reject(new RefusedError('UNAVAILABLE', `${url}: the connection could not be opened (${code})`))
    })
  })
}
