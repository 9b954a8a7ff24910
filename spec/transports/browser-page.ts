/** Runs in a page: makes calls by the transports that browsers get, as Node tells it over a WebSocket of its own, and tells what comes back. */
import type { Call } from '../../lib/core/call.ts'
import { createCall } from '../../lib/core/create-call.ts'
import { RpcError } from '../../lib/core/errors.ts'
import { isIterable } from '../../lib/core/iterate.ts'
import { createMetadata } from '../../lib/core/metadata.ts'
import { markNeverRan, neverRan } from '../../lib/core/never-ran.ts'
import type { ErrorCode } from '../../lib/core/status.ts'
import type { BoundedStream } from '../../lib/core/stream.ts'
import type { Channel } from '../../lib/core/transport.ts'
import { http } from '../../lib/transports/http/web.ts'
import { ws } from '../../lib/transports/ws/web.ts'
import { receiver, sender, type Sender } from './browser-stream.ts'

type Pairs = Readonly<Record<string, string>>

/** An error on its way between page and Node. */
export interface CarriedError {
  readonly code: ErrorCode
  readonly message: string
  readonly reason?: string | undefined
  readonly details?: unknown
  readonly retryable: boolean
  readonly neverRan: boolean
}

/** What both sides tell of a stream; the one who sends it says `item` and `end`, the other `take` and `leave`. */
export type OnStream =
  | { readonly say: 'item'; readonly id: number; readonly value: unknown }
  | { readonly say: 'end'; readonly id: number; readonly trailer?: Pairs; readonly error?: CarriedError }
  | { readonly say: 'take'; readonly id: number; readonly count: number }
  | { readonly say: 'leave'; readonly id: number }

/** What Node tells the page. */
export type Order =
  | OnStream
  | { readonly say: 'connect'; readonly id: number; readonly url: string }
  | { readonly say: 'close'; readonly id: number }
  | {
      readonly say: 'invoke'
      readonly id: number
      readonly channel: number
      readonly call: Pick<Call, 'service' | 'method' | 'kind' | 'deadline'>
      readonly metadata: Pairs
      /** Missing where the messages come one by one. */
      readonly input?: { readonly value?: unknown }
    }
  | { readonly say: 'cancel'; readonly id: number; readonly error: CarriedError }

/** What the page tells Node. */
export type Report =
  | OnStream
  | { readonly say: 'closed'; readonly id: number }
  | {
      readonly say: 'reply'
      readonly id: number
      readonly header: Pairs
      readonly trailer: Pairs
      /** Missing where the messages come one by one. */
      readonly output?: { readonly value: unknown }
    }
  | { readonly say: 'failure'; readonly id: number; readonly error: CarriedError }
  /** An error that nobody has caught; its id is no call's. */
  | { readonly say: 'broken'; readonly id: 0; readonly text: string }

/** Prepares an error for the way between page and Node. */
export function carry(error: unknown): CarriedError {
  if (!(error instanceof RpcError))
    return { code: 'UNKNOWN', message: `no RpcError: ${String(error)}`, retryable: false, neverRan: false }
  const { code, message, reason, details, retryable } = error
  return { code, message, reason, details, retryable, neverRan: neverRan(error) }
}

/** The error that was carried. */
export function carried({ code, message, neverRan: unrun, ...rest }: CarriedError): RpcError {
  const error = new RpcError(code, message, rest)
  return unrun ? markNeverRan(error) : error
}

interface Running {
  readonly call: Call
  readonly input: BoundedStream<unknown>
  output?: Sender
}

function start(tell: (report: Report) => void): (order: Order) => void {
  const channels = new Map<number, Promise<Channel>>()
  const running = new Map<number, Running>()

  const invoke = async ({ id, channel, call: facts, metadata, input }: Order & { say: 'invoke' }) => {
    const items = receiver(
      (count) => tell({ say: 'take', id, count }),
      () => tell({ say: 'leave', id }),
    )
    const call = createCall({
      ...facts,
      deadline: facts.deadline,
      input: input ? input.value : items,
      metadata: createMetadata(metadata),
      peer: { transport: 'test' },
    })
    const entry: Running = { call, input: items }
    running.set(id, entry)
    try {
      const { output, header, trailer } = await (await channels.get(channel)!).invoke(call)
      const head = { say: 'reply', id, header: header.toJSON(), trailer: trailer.toJSON() } as const
      if (!isIterable(output)) {
        call.lifetime.finish()
        return tell({ ...head, output: { value: output } })
      }
      tell(head)
      entry.output = sender(output, {
        item: (value) => tell({ say: 'item', id, value }),
        end(error) {
          call.lifetime.finish(error)
          tell({
            say: 'end',
            id,
            trailer: trailer.toJSON(),
            ...(error !== undefined && { error: carry(error) }),
          })
        },
      })
    } catch (error) {
      call.lifetime.finish(error)
      tell({ say: 'failure', id, error: carry(error) })
    }
  }

  return (order) => {
    const { id } = order
    const { call, input, output } = running.get(id) ?? {}
    switch (order.say) {
      case 'connect':
        channels.set(id, (order.url.startsWith('ws') ? ws : http)({ url: order.url }).connect())
        break
      case 'close':
        void channels
          .get(id)!
          .then((channel) => channel.close())
          .then(() => tell({ say: 'closed', id }))
        break
      case 'invoke':
        void invoke(order)
        break
      case 'cancel':
        call?.lifetime.cancel(carried(order.error))
        break
      case 'item':
        input?.push(order.value)
        break
      case 'end':
        order.error ? input?.fail(carried(order.error)) : input?.end()
        break
      case 'take':
        output?.take(order.count)
        break
      case 'leave':
        output?.leave()
        break
    }
  }
}

interface Broken {
  readonly error?: unknown
  readonly reason?: unknown
}

// Node imports this file for its types and for what errors become.
const { document, location, WebSocket, addEventListener } = globalThis as unknown as {
  document?: object
  location: { readonly host: string }
  addEventListener(name: 'error' | 'unhandledrejection', hear: (event: Broken) => void): void
  WebSocket: new (url: string) => {
    send(text: string): void
    addEventListener(name: 'message', hear: (event: { readonly data: string }) => void): void
  }
}
if (document) {
  const socket = new WebSocket(`ws://${location.host}`)
  const tell = (report: Report): void => socket.send(JSON.stringify(report))
  const obey = start(tell)
  socket.addEventListener('message', ({ data }) => obey(JSON.parse(data) as Order))
  const broken = ({ error, reason }: Broken): void => {
    const what = error ?? reason
    tell({ say: 'broken', id: 0, text: what instanceof Error ? (what.stack ?? what.message) : String(what) })
  }
  addEventListener('error', broken)
  addEventListener('unhandledrejection', broken)
}
