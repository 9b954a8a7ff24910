import { once } from 'node:events'
import { serve, type Limits, type ServeOptions, type Server } from 'microapi-ts'
import { recordingLog, type RecordingLog } from 'microapi-ts/testing'
import { ws, type WsOptions } from 'microapi-ts/ws'
import { onTestFinished } from 'vitest'
import { WebSocket, type ClientOptions } from 'ws'
import { conformanceApp } from '../../../lib/testing/app.ts'
import { createProbe, type Probe } from '../../../lib/testing/probe.ts'
import type { App } from '../../../lib/server/app.ts'

/** A server of the conformance app, until the test has finished. */
export interface Demo {
  readonly server: Server
  readonly url: string
  readonly port: number
  readonly probe: Probe
  readonly log: RecordingLog
}

/** The conformance app with its probe and log. */
export function demoApp(limits: Partial<Limits> = {}): { app: App; probe: Probe; log: RecordingLog } {
  const probe = createProbe()
  const log = recordingLog()
  const self = (): never => {
    throw new Error('no spec here makes nested calls')
  }
  return { app: conformanceApp({ probe, log, limits, self }), probe, log }
}

export async function serveDemo(
  options: WsOptions = {},
  { limits, ...serving }: ServeOptions & { limits?: Partial<Limits> } = {},
): Promise<Demo> {
  const { app, probe, log } = demoApp(limits)
  const server = await serve(app, ws({ port: 0, ...options }), { signals: false, graceMs: 100, ...serving })
  onTestFinished(() => server.close())
  const url = server.urls[0]!
  return { server, url, port: Number(new URL(url).port), probe, log }
}

/** A client that knows nothing but frames. */
export interface RawClient {
  readonly socket: WebSocket
  send(envelope: object | string | Buffer): void
  /** The next text that comes. */
  next(): Promise<string>
  /** The next envelope. */
  read(): Promise<Record<string, unknown>>
  /** Code and reason of the close. */
  readonly closed: Promise<{ code: number; reason: string }>
}

/** Connects; `protocols` is what is offered. */
export async function rawClient(
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<RawClient> {
  const socket = new WebSocket(url, protocols, options)
  onTestFinished(() => socket.terminate())
  const texts: string[] = []
  let wake = (): void => {}
  socket.on('message', (data) => {
    texts.push((data as Buffer).toString())
    wake()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.once('close', (code, reason) => {
      resolve({ code, reason: reason.toString() })
      wake()
    }),
  )
  await once(socket, 'open')
  const next = async (): Promise<string> => {
    while (texts.length === 0) {
      if (socket.readyState === socket.CLOSED) throw new Error('the connection was closed')
      await new Promise<void>((resolve) => (wake = resolve))
    }
    return texts.shift()!
  }
  return {
    socket,
    closed,
    next,
    read: async () => JSON.parse(await next()) as Record<string, unknown>,
    send: (envelope) =>
      socket.send(
        typeof envelope === 'string' || Buffer.isBuffer(envelope) ? envelope : JSON.stringify(envelope),
      ),
  }
}

/** How a handshake was refused: its HTTP status and body. */
export async function refusalOf(
  url: string,
  options: ClientOptions = {},
): Promise<{ status: number; error: string }> {
  const socket = new WebSocket(url, [], options)
  onTestFinished(() => socket.terminate())
  socket.on('error', () => {})
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    AsyncIterable<Buffer> & { statusCode: number },
  ]
  let body = ''
  for await (const chunk of response) body += String(chunk)
  return { status: response.statusCode, error: (JSON.parse(body) as { error: string }).error }
}
