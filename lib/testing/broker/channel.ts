import type { Call, Reply } from '../../core/call.ts'
import { deadlineExceeded } from '../../core/deadline.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable, iterate } from '../../core/iterate.ts'
import { isSingle } from '../../core/kind.ts'
import { createLifetime } from '../../core/lifetime.ts'
import { createMetadata } from '../../core/metadata.ts'
import { markNeverRan } from '../../core/never-ran.ts'
import type { Channel, Lookup } from '../../core/transport.ts'
import { nextTurn } from '../../core/turn.ts'
import type { Hub } from './hub.ts'
import { inputText } from './json-form.ts'
import type { Caller, Message } from './message.ts'

/** A client's connection to the broker. */
export interface BrokerChannel extends Channel {
  /** Fails what is under way; the next call finds a connection again. */
  cut(reason: RpcError): void
}

/** What a client's side is made with. */
export interface ChannelSettings {
  readonly queue: string
  /** Until a server has taken a stream, in ms. */
  readonly openTimeoutMs: number
}

/** Calls over the broker. */
export function brokerChannel(
  hub: Hub,
  lookup: Lookup | undefined,
  { queue, openTimeoutMs }: ChannelSettings,
): BrokerChannel {
  /** What fails each call that is under way. */
  const open = new Set<(reason: RpcError) => void>()

  const exchange = (call: Call): Promise<Reply> =>
    new Promise((resolve, reject) => {
      const life = createLifetime()
      let isStream = false
      let stopWaiting = (): void => {}
      const settle = (): boolean => {
        stopWaiting()
        call.lifetime.offCancel(leave)
        return open.delete(fail)
      }
      const fail = (error: RpcError): void => {
        if (!settle()) return
        reject(error)
        // A lost connection ends streams; who handles one message goes on, and answers nobody.
        if (isStream) life.cancel(error)
      }
      const leave = (reason: RpcError): void => {
        fail(reason)
        life.cancel(reason)
      }
      const caller: Caller = {
        life,
        messages: isIterable(call.input) ? itemsOf(call, call.input) : undefined,
        take() {
          stopWaiting()
          return (isStream = open.has(fail))
        },
        answer(reply) {
          if (!open.has(fail)) return
          if (isIterable(reply.output)) return resolve({ ...reply, output: streaming(reply.output) })
          settle()
          resolve(reply)
        },
        fail,
      }
      const streaming = (output: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterable<unknown> =>
        iterate(output, { abort: (abort) => life.onCancel(abort), end: () => void settle() })
      const waitForServer = (message: Message): void => {
        const timer = setTimeout(() => {
          hub.find(queue)?.drop(message)
          fail(
            new RpcError(
              'UNAVAILABLE',
              `no server has taken the stream in ${openTimeoutMs} ms (openTimeoutMs)`,
            ),
          )
        }, openTimeoutMs)
        stopWaiting = () => clearTimeout(timer)
      }
      const send = async (): Promise<void> => {
        const message = messageOf(call, caller)
        // On the way there it may get lost.
        await hub.carry(nextTurn())
        if (!open.has(fail)) return
        if (call.kind === 'event') {
          publish(hub, message)
          // On the way back the confirmation may.
          await nextTurn()
          return caller.answer({ output: {}, header: createMetadata(), trailer: createMetadata() })
        }
        const found = hub.find(queue)
        if (!found) throw unserved(`nobody serves it: there is no queue "${queue}" at the broker`)
        found.push(message)
        life.onCancel(() => found.drop(message))
        if (isStreamOf(call)) waitForServer(message)
      }
      open.add(fail)
      call.lifetime.onCancel(leave)
      send().catch((error: unknown) => fail(toRpcError(error)))
    })
  const itemsOf = (
    { service, method }: Call,
    input: AsyncIterable<unknown> | Iterable<unknown>,
  ): AsyncIterable<unknown> => {
    const known = lookup?.find(service, method)
    return iterate(input, { map: (item) => JSON.parse(inputText(known, item)) as unknown })
  }
  const messageOf = (call: Call, caller: Caller): Message => {
    const { service, method, id, input, deadline, kind } = call
    if (deadline !== undefined && deadline <= hub.clock.now()) throw deadlineExceeded()
    const isEvent = kind === 'event'
    return {
      service,
      method,
      id,
      body: caller.messages ? 'null' : inputText(lookup?.find(service, method), input),
      metadata: call.metadata.toJSON(),
      deadline: isEvent ? undefined : deadline,
      attempt: 1,
      caller: isEvent ? undefined : caller,
    }
  }
  const cut = (reason: RpcError): void => {
    for (const fail of open) fail(reason)
  }
  return {
    invoke: (call) => (call.lifetime.reason ? Promise.reject(call.lifetime.reason) : exchange(call)),
    cut,
    close: async () => cut(new RpcError('CANCELLED', 'the client was closed')),
  }
}

/** Puts an event into all its queues. */
function publish(hub: Hub, message: Message): void {
  const event = `${message.service}.${message.method}`
  const queues = hub.bound(event)
  if (queues.length === 0)
    throw unserved(`nobody handles it: no server has ever asked the broker for the event "${event}"`)
  for (const queue of queues) queue.push({ ...message })
}

function unserved(text: string): RpcError {
  return markNeverRan(new RpcError('UNAVAILABLE', text))
}

function isStreamOf({ input, kind }: Call): boolean {
  return isIterable(input) || (kind !== undefined && !isSingle(kind))
}
