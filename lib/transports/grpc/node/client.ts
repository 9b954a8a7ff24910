import { connect as connectNode, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Http2ClientOptions, OpenableClient } from '../../../http2/driver/client.ts'
import { errorName, Http2Error } from '../../../http2/error.ts'
import { headerList, plainFields } from '../../../http2/sent-headers.ts'
import { NodeConnection, nodeSettings } from './connection.ts'
import { awaitSettings, keepAlive } from './guard.ts'
import { blockOf, objectOf } from './headers.ts'
import { NodeStream } from './stream.ts'

/** Makes a client on node:http2: one connection at a time, opened when it is needed. */
export function connect(url: string, options: Http2ClientOptions): OpenableClient {
  const { tls, connectTimeoutMs = 10_000, onConnectionReady, onConnectionEnd, ...given } = options
  const { limits, session: sessionOptions } = nodeSettings('client', given)
  const all = new Set<NodeConnection<ClientHttp2Session>>()
  let current: NodeConnection<ClientHttp2Session> | undefined
  let closed = false

  const open = (): NodeConnection<ClientHttp2Session> => {
    if (closed) throw refused('the client was closed')
    if (current && !current.session.closed && !current.session.destroyed) return current
    const socket = openSocket(url, tls)
    const session = connectNode(url, { ...sessionOptions, createConnection: () => socket })
    const connection = new NodeConnection(session, socket)
    let isUsed = true
    const ended = (error: Http2Error): void => {
      // One that was replaced before is nobody's loss.
      if (isUsed && connection === current) onConnectionEnd?.(error)
      isUsed = false
    }
    session.once('remoteSettings', () => onConnectionReady?.())
    session.once('goaway', (code) => {
      const message = `the peer ends the connection: ${errorName(code)}`
      ended(
        new Http2Error(errorName(code), message, { scope: 'connection', remote: true, unprocessed: true }),
      )
    })
    const timer = setTimeout(
      () => session.destroy(new Error(`no connection within ${connectTimeoutMs} ms (connectTimeoutMs)`)),
      connectTimeoutMs,
    )
    session.once('connect', () => {
      clearTimeout(timer)
      if (session.destroyed) return
      // Not earlier: a socket that is destroyed while node:http2 takes it over brings the process down.
      if (session.encrypted && session.alpnProtocol !== 'h2')
        return session.destroy(new Error('the server does not speak HTTP/2 (ALPN)'))
      awaitSettings(connection, limits.handshakeTimeoutMs)
      session.setLocalWindowSize(limits.connectionWindow)
    })
    session.once('close', () => {
      clearTimeout(timer)
      all.delete(connection)
      ended(connection.failureOf(0, 0, undefined))
    })
    keepAlive(connection, limits)
    all.add(connection)
    return (current = connection)
  }
  return {
    open: () => void open(),
    request(init, requestOptions = {}) {
      const { extra, end = false, listener, data } = requestOptions
      const fields = objectOf(headerList(init).fields, extra ? plainFields(extra) : [])
      const connection = open()
      const { maxConcurrentStreams = 100 } = connection.session.remoteSettings
      // Those beyond what the peer takes at once wait within node:http2.
      if (connection.open >= maxConcurrentStreams + limits.maxWaitingStreams)
        throw refused(`${limits.maxWaitingStreams} streams wait already (maxWaitingStreams)`)
      const request = connection.session.request(fields, { endStream: end })
      const stream = new NodeStream(request, connection)
      if (listener) stream.listener = listener
      stream.data = data
      request.on('response', (headers: IncomingHttpHeaders) => stream.answered(blockOf(headers)))
      return stream
    },
    ping: () =>
      new Promise((resolve, reject) => {
        open().session.ping((error, duration) => (error ? reject(error) : resolve(duration)))
      }),
    async close({ graceMs = 10_000 } = {}) {
      closed = true
      await Promise.all([...all].map((connection) => connection.close(graceMs, 'the client was closed')))
    },
  }
}

function refused(message: string): Http2Error {
  return new Http2Error('REFUSED_STREAM', message, { scope: 'connection', unprocessed: true })
}

function openSocket(url: string, tls: Http2ClientOptions['tls']): Socket {
  const { protocol, hostname, port } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  if (protocol !== 'https:') return connectTcp({ host, port: Number(port || 80) })
  const name = isIP(host) ? {} : { servername: host }
  return connectTls({ host, port: Number(port || 443), ...name, ...tls, ALPNProtocols: ['h2'] })
}
