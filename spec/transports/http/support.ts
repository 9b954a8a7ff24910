import { execFile } from 'node:child_process'
import { request as nodeRequest, type Agent, type IncomingHttpHeaders } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import {
  createClient,
  serve,
  type ClientOptions,
  type Limits,
  type ServeOptions,
  type Server,
} from 'microapi-ts'
import { http, type HttpOptions } from 'microapi-ts/http'
import { recordingLog, type RecordingLog } from 'microapi-ts/testing'
import { onTestFinished } from 'vitest'
import { conformanceApp } from '../../../lib/testing/app.ts'
import { conformanceContract, type ConformanceClient } from '../../../lib/testing/contract.ts'
import { createProbe, type Probe } from '../../../lib/testing/probe.ts'

/** The app of the conformance cases, with what its handlers say. */
export function makeApp(limits: Partial<Limits> = {}) {
  const probe = createProbe()
  const log = recordingLog()
  const self = (): never => {
    throw new Error('no spec here makes nested calls')
  }
  return { app: conformanceApp({ probe, log, limits, self }), probe, log }
}

/** A server of that app, until the test has finished. */
export interface Demo {
  readonly server: Server
  readonly url: string
  readonly port: number
  readonly probe: Probe
  readonly log: RecordingLog
}

export async function serveDemo(
  options: HttpOptions = {},
  { limits, ...serving }: ServeOptions & { limits?: Partial<Limits> } = {},
): Promise<Demo> {
  const { app, probe, log } = makeApp(limits)
  const server = await serve(app, http({ port: 0, ...options }), { signals: false, graceMs: 100, ...serving })
  onTestFinished(() => server.close())
  const url = server.urls[0]!
  return { server, url, port: Number(/:(\d+)/.exec(url)![1]), probe, log }
}

/** A client that knows the contract, until the test has finished. */
export function connectTo(options: HttpOptions, settings?: ClientOptions): ConformanceClient {
  const client = createClient(conformanceContract, http(options), settings)
  onTestFinished(() => client.close())
  return client
}

/** A client that knows a type and no more. */
export function typeClientOf(options: HttpOptions, settings?: ClientOptions) {
  const client = createClient<typeof conformanceContract>(http(options), settings)
  onTestFinished(() => client.close())
  return client
}

const patienceMs = 5_000

/** A socket in the hands of a test. */
export interface Raw {
  readonly socket: Socket
  readonly received: string
  send(text: string | Uint8Array): void
  /** Waits until what was received matches, and returns it all. */
  until(pattern: RegExp | string): Promise<string>
  /** Waits until the peer has ended or lost the connection, and returns all that came before. */
  readonly closed: Promise<string>
}

export function rawConnect(port: number): Promise<Raw> {
  const socket = connect(port, '127.0.0.1')
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(rawOf(socket))
    })
  })
}

function rawOf(socket: Socket): Raw {
  let received = ''
  let over = false
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of listeners) listener()
  }
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    received += text
    changed()
  })
  const closed = new Promise<string>((resolve) => {
    const end = (): void => {
      over = true
      changed()
      resolve(received)
    }
    socket.on('end', end).on('close', end).on('error', end)
  })
  onTestFinished(() => void socket.destroy())
  return {
    socket,
    closed,
    get received() {
      return received
    },
    send: (text) => void socket.write(text),
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const done = (error?: Error): void => {
          clearTimeout(timer)
          listeners.delete(look)
          if (error) reject(error)
          else resolve(received)
        }
        const look = (): void => {
          if (typeof pattern === 'string' ? received.includes(pattern) : pattern.test(received)) done()
          else if (over) done(new Error(`closed before ${pattern}; received: ${received}`))
        }
        const timer = setTimeout(
          () => done(new Error(`no ${pattern} in ${patienceMs} ms; received: ${received}`)),
          patienceMs,
        )
        listeners.add(look)
        look()
      }),
  }
}

/** The head of a request, with its blank line. */
export function head(
  path: string,
  headers: Readonly<Record<string, string | number>> = {},
  method = 'POST',
): string {
  const lines = Object.entries({ host: 'test', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** A whole request with a JSON body. */
export function post(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string | number>> = {},
): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const own = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
  return head(path, { ...own, ...headers }) + text
}

/** One chunk of a chunked body. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

/** The headers of a chunked body. */
export function chunked(type: string): Record<string, string> {
  return { 'content-type': type, 'transfer-encoding': 'chunked' }
}

/** The text of a chunked answer, and whether its last chunk came. */
export function dechunk(reply: string): { readonly body: string; readonly complete: boolean } {
  // Sizes are in bytes.
  let rest = Buffer.from(reply.slice(reply.indexOf('\r\n\r\n') + 4)).toString('latin1')
  let body = ''
  const result = (complete: boolean) => ({ body: Buffer.from(body, 'latin1').toString(), complete })
  for (;;) {
    const match = /^([0-9a-f]+)\r\n/i.exec(rest)
    if (!match) return result(false)
    const size = Number.parseInt(match[1]!, 16)
    if (size === 0) return result(rest.startsWith('0\r\n\r\n'))
    body += rest.slice(match[0].length, match[0].length + size)
    rest = rest.slice(match[0].length + size + 2)
  }
}

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** What a request of {@link ask} has beside its address. */
export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
  readonly agent?: Agent
}

/** One request by node:http. */
export function ask(
  url: string,
  { method = 'POST', headers = {}, body, agent }: Question = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = nodeRequest(
      url,
      { method, headers: { ...headers }, agent: agent ?? false },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (part: string) => (text += part))
        response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text }))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

const json = { 'content-type': 'application/json' }

/** One request with a JSON body by node:http. */
export function askJson(
  url: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return ask(url, {
    headers: { ...json, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

/** What curl said; `exit` is its own code, 0 for an answer of any status. */
export interface Curled {
  readonly exit: number
  readonly status: number
  readonly body: string
}

/** Runs curl. */
export function curl(...args: string[]): Promise<Curled> {
  return new Promise((resolve) => {
    const all = ['-sS', '--max-time', '8', '-w', '\n%{http_code}', ...args]
    execFile('curl', all, { maxBuffer: 100_000_000 }, (error, stdout) => {
      const at = stdout.lastIndexOf('\n')
      const exit = error === null ? 0 : Number(error.code)
      resolve({ exit, status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) })
    })
  })
}

/** A server of bytes: `onRequest` hears of each request once its body is complete, and of its number on all connections. */
export async function fakeServer(
  onRequest: (socket: Socket, request: string, count: number) => void,
): Promise<string> {
  const sockets = new Set<Socket>()
  let count = 0
  const server = createServer((socket) => {
    sockets.add(socket)
    let request = ''
    socket.setEncoding('latin1').on('error', () => {})
    socket.on('data', (text: string) => {
      request += text
      if (!isComplete(request)) return
      const whole = request
      request = ''
      onRequest(socket, whole, ++count)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function isComplete(request: string): boolean {
  const end = request.indexOf('\r\n\r\n')
  if (end < 0) return false
  const body = request.slice(end + 4)
  const length = /content-length: (\d+)/i.exec(request)?.[1]
  if (length !== undefined) return body.length >= Number(length)
  return !/transfer-encoding: chunked/i.test(request) || body.endsWith('0\r\n\r\n')
}

/** A whole answer. */
export function answer(
  status: number | string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): string {
  const own = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
  const lines = Object.entries({ ...own, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `HTTP/1.1 ${status} Status\r\n${lines.join('')}\r\n${body}`
}

/** A port that was free a moment ago, and at which nobody listens. */
export function freePort(): Promise<number> {
  const server = createServer()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

/** All items of a stream. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

/** What a failed call rejects with. */
export async function failureOf(work: PromiseLike<unknown>): Promise<unknown> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}
