import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocket, type RawData } from 'ws'
import { RpcError } from '../../core/errors.ts'
import { failureOfClose } from './close-code.ts'
import { createCork } from './cork.ts'
import { CallTable } from '../../wire/session/call-table.ts'
import { systemClock } from '../../wire/session/clock.ts'
import { Holding } from '../../wire/session/holding.ts'
import type { Dial, Wire, WireListener } from './dial.ts'
import type { WsSettings } from './options.ts'
import { protocol } from './protocol.ts'
import { wsUrl } from './ws-url.ts'

/** Opens connections from Node, by the package ws. A server that does not know our protocol is asked again without it. */
export function nodeDial(settings: WsSettings): Dial {
  let protocols = [protocol]
  return async (listener) => {
    try {
      return await dial(settings, protocols, listener)
    } catch (error) {
      if (protocols.length === 0 || !(error instanceof NoProtocolError)) throw error
      protocols = []
      return dial(settings, protocols, listener)
    }
  }
}

/** The handshake succeeded, but for the protocol: a Python MicroAPI server knows none. */
class NoProtocolError extends RpcError {}

function dial(settings: WsSettings, protocols: string[], listener: WireListener): Promise<Wire> {
  const { tls, connectTimeoutMs, maxFrameBytes, maxFragments, maxBufferedBytes } = settings
  const url = wsUrl(settings)
  return new Promise((resolve, reject) => {
    let socket: Duplex | undefined
    let refusal: RpcError | undefined
    const peer = new WebSocket(url, protocols, {
      perMessageDeflate: false,
      handshakeTimeout: connectTimeoutMs,
      maxPayload: maxFrameBytes,
      maxFragments,
      ...(typeof tls === 'object' ? tls : {}),
    })
    let isOpen = false
    peer.on('upgrade', (response: IncomingMessage) => (socket = response.socket))
    peer.on('unexpected-response', (request, response: IncomingMessage) => {
      refusal = failureOfHandshake(url, response.statusCode ?? 0)
      response.resume()
      request.destroy()
      reject(refusal)
    })
    peer.on('open', () => {
      isOpen = true
      const cork = createCork(socket!)
      const wire: Wire = {
        negotiated: peer.protocol === protocol,
        send(text) {
          cork()
          if (peer.bufferedAmount + text.length <= maxBufferedBytes) {
            peer.send(text)
            return true
          }
          peer.send(text, () => {
            if (peer.bufferedAmount <= maxBufferedBytes) listener.drained()
          })
          return false
        },
        pause: () => peer.pause(),
        resume: () => peer.resume(),
        ping: () => peer.ping(),
        close: (now) => (now === true ? peer.terminate() : closeSoon(peer)),
      }
      resolve({ ...wire, holding: new Holding(wire, systemClock), calls: new CallTable() })
    })
    peer.on('message', (data: RawData, isBinary: boolean) => {
      const bytes = data as Buffer
      if (isBinary && !isUtf8(bytes)) return
      listener.message(bytes.toString(), bytes.length)
    })
    peer.on('pong', () => listener.alive())
    peer.on('ping', () => listener.alive())
    peer.on('error', (cause: Error) => {
      if (isOpen) return
      if (cause.message === 'Server sent no subprotocol')
        reject(new NoProtocolError('UNAVAILABLE', cause.message))
      else
        reject(refusal ?? new RpcError('UNAVAILABLE', `${url}: ${cause.message || String(cause)}`, { cause }))
    })
    peer.on('close', (code: number, reason: Buffer) => {
      if (isOpen) listener.closed(failureOfClose(code, reason.toString()))
    })
  })
}

/** Who does not answer the goodbye is left alone. */
function closeSoon(peer: WebSocket): void {
  peer.close(1000)
  setTimeout(() => peer.terminate(), 1_000).unref()
}

function failureOfHandshake(url: string, status: number): RpcError {
  const code = status === 401 ? 'UNAUTHENTICATED' : status === 403 ? 'PERMISSION_DENIED' : 'UNAVAILABLE'
  return new RpcError(code, `${url}: the server refused the connection with HTTP ${status}`)
}
