import { createCall } from '../../core/create-call.ts'
import type { Call, Invoke, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { takesStream } from '../../core/kind.ts'
import type { Description, MethodDescription, Openable, OpenedApp } from '../../core/transport.ts'
import { errorToJson } from '../../wire/error-json.ts'
import {
  acceptsEnvelope,
  envelopeType,
  jsonType,
  mediaType,
  ndjsonType,
  notStored,
  readRequestHead,
  writeReplyHead,
} from './headers.ts'
import { health } from './health.ts'
import { readWebMessage, readWebStream } from './web-body.ts'
import { httpSettings, type HttpSettings } from './options.ts'
import type { PluginOptions } from './plugin.ts'
import { statusOfError, unsupportedMediaType } from './status.ts'
import { webLines } from './web-lines.ts'

/** Answers requests of the fetch standard. */
export interface FetchHandler {
  (request: Request): Promise<Response>
  /** Waits for the calls that run, and stops the app. */
  close(): Promise<void>
}

/** What {@link fetchHandler} takes beside the app. */
export interface FetchHandlerOptions extends Omit<PluginOptions, 'upgrade' | 'docs'> {
  /** What stands before `/{service}/{method}`, as in `/api`. */
  readonly prefix?: string
}

const peer = { transport: 'http' }

/**
 * An app as a function from Request to Response, for Bun, Deno, workers and whatever else speaks fetch.
 * The app starts with the first request.
 * @example export default { fetch: fetchHandler(app) }
 */
export function fetchHandler(app: Openable, options: FetchHandlerOptions = {}): FetchHandler {
  const settings = httpSettings(options)
  if (settings.docs)
    throw new TypeError('fetchHandler has no docs: http({ docs }) and microapi(app, { docs }) do')
  let opening: Promise<OpenedApp> | undefined
  const open = (): Promise<OpenedApp> => {
    opening ??= app.open(options).catch((error: unknown) => {
      // What kept the app from starting may have passed when the next request comes.
      opening = undefined
      throw error
    })
    return opening
  }
  const handle = async (request: Request): Promise<Response> => {
    try {
      const { invoke, describe } = await open()
      const healthy = healthOf(request, describe)
      if (healthy) return healthy
      const [service, method] = namesOf(request, settings.prefix)
      return await answer(request, invoke, describe.find(service, method), { service, method, settings })
    } catch (error) {
      return failure(toRpcError(error))
    }
  }
  return Object.assign(handle, { close: async () => (await opening)?.close() })
}

function healthOf({ method, url }: Request, describe: Description): Response | undefined {
  const found = method === 'GET' ? health(new URL(url).pathname, describe) : undefined
  return found && Response.json(found.body, { status: found.status })
}

interface Target {
  readonly service: string
  readonly method: string
  readonly settings: HttpSettings
}

function namesOf(request: Request, prefix: string): [service: string, method: string] {
  const { pathname } = new URL(request.url)
  const match = pathname.startsWith(`${prefix}/`)
    ? /^\/([^/]+)\/([^/]+)$/.exec(pathname.slice(prefix.length))
    : null
  if (match && request.method === 'POST') return [decode(match[1]!), decode(match[2]!)]
  throw new RpcError(
    'UNIMPLEMENTED',
    `${request.method} ${pathname}: methods are called with POST ${prefix}/{service}/{method}`,
    {
      reason: 'UNKNOWN_METHOD',
    },
  )
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch (cause) {
    throw new RpcError(
      'INVALID_ARGUMENT',
      `the path holds ${JSON.stringify(name)}, which is no URL encoding`,
      { cause },
    )
  }
}

async function answer(
  request: Request,
  invoke: Invoke,
  description: MethodDescription | undefined,
  target: Target,
): Promise<Response> {
  const { service, method, settings } = target
  const input = await readInput(request, description, settings)
  const { metadata, deadline } = readRequestHead(Object.fromEntries(request.headers))
  const call = createCall({ service, method, kind: description?.kind, input, metadata, deadline, peer })
  const onAbort = (): void => call.lifetime.cancel(new RpcError('CANCELLED', 'the client has gone'))
  // It may have gone while its body was read.
  if (request.signal.aborted) onAbort()
  else request.signal.addEventListener('abort', onAbort)
  call.lifetime.onFinish(() => request.signal.removeEventListener('abort', onAbort))
  const reply = await invoke(call)
  return isIterable(reply.output)
    ? streamResponse(request, call, reply, description)
    : messageResponse(reply, description)
}

function readInput(
  request: Request,
  description: MethodDescription | undefined,
  settings: HttpSettings,
): unknown {
  const { body, headers } = request
  if (body === null || headers.get('content-length') === '0') return undefined
  const type = mediaType(headers.get('content-type') ?? undefined)
  if (type !== jsonType && type !== ndjsonType) throw unsupportedMediaType(type)
  const streams = description ? takesStream(description.kind) : type === ndjsonType
  return streams
    ? readWebStream(body, type, settings)
    : readWebMessage(body, type, headers.get('content-length'), settings)
}

function messageResponse(reply: Reply, description: MethodDescription | undefined): Response {
  const headers = new Headers({ 'content-type': jsonType })
  writeReplyHead((name, value) => headers.set(name, value), reply.header, reply.trailer)
  const { output } = reply
  return new Response(
    description ? description.compiled.output.stringify(output) : JSON.stringify(output ?? {}),
    { headers },
  )
}

function streamResponse(
  request: Request,
  call: Call,
  reply: Reply,
  description: MethodDescription | undefined,
): Response {
  const envelope = acceptsEnvelope(request.headers.get('accept') ?? undefined)
  const headers = new Headers({ ...notStored, 'content-type': envelope ? envelopeType : ndjsonType })
  writeReplyHead((name, value) => headers.set(name, value), reply.header)
  const stringify = description ? description.compiled.output.stringify : JSON.stringify
  return new Response(webLines(call, reply, { envelope, stringify }), { headers })
}

function failure(error: RpcError): Response {
  return new Response(JSON.stringify(errorToJson(error)), {
    status: statusOfError(error),
    headers: { 'content-type': jsonType },
  })
}
