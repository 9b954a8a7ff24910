import type { Call, Invoke, Reply } from '../core/call.ts'
import { replyTo } from '../core/create-call.ts'
import { endStream, onStreamEnd } from '../core/stream-end.ts'
import { RpcError } from '../core/errors.ts'
import { isIterable, iterate, iteratorOf } from '../core/iterate.ts'
import { givesStream, takesStream } from '../core/kind.ts'
import type { ImplementedMethod } from '../core/method.ts'
import type { CheckFailure } from '../core/schema/check.ts'
import { single } from '../core/single.ts'
import { nextTurn } from '../core/turn.ts'
import { invalidInput } from '../core/invalid-input.ts'

/** Turns what a handler threw into what the caller may see. */
export type Mask = (call: Call, error: unknown) => RpcError

type Handler = (input: unknown, context: unknown) => unknown

/** The innermost layer: check and decode the input, run the handler, encode and check the output. */
export function createHandle(method: ImplementedMethod, name: string, mask: Mask): Invoke {
  const { input, output } = method.compiled
  const handler = method.handler as Handler
  const take = (value: unknown): unknown => input.take(value ?? {}, invalidInput)
  const give = (value: unknown): unknown => output.give(value ?? {}, invalidOutput)
  const invalidOutput = ({ pointer, message }: CheckFailure): Error =>
    new TypeError(`${name} returned what its schema forbids: output${pointer} ${message}`)

  const readInput = takesStream(method.kind)
    ? (call: Call) => takeStream(call, take)
    : (call: Call) => (isAsyncIterable(call.input) ? single(call.input).then(take) : take(call.input))
  const answer = givesStream(method.kind)
    ? (call: Call, items: unknown) => giveStream(call, items, { give, mask, name })
    : (call: Call, item: unknown) => giveMessage(call, item, method.kind === 'event' ? giveNothing : give)

  if (!takesStream(method.kind)) {
    return async (call) => {
      const taken = readInput(call)
      const ready = taken instanceof Promise ? await taken : taken
      assertAlive(call)
      return answer(call, handler(ready, call.context))
    }
  }
  return async (call) => {
    assertAlive(call)
    const items = readInput(call) as AsyncIterableIterator<unknown>
    const leave = (): void => void items.return?.()
    try {
      const reply = await answer(call, handler(items, call.context))
      // Whoever has answered wants no more input; a two-way stream has answered when its output has ended.
      if (givesStream(method.kind)) onStreamEnd(call, leave)
      else leave()
      return reply
    } catch (error) {
      leave()
      throw error
    }
  }
}

function assertAlive(call: Call): void {
  if (call.lifetime.reason !== undefined) throw call.lifetime.reason
}

// Nobody hears what the handler of an event returns.
function giveNothing(): unknown {
  return {}
}

// A handler that gives its answer at once costs no promise.
function giveMessage(call: Call, item: unknown, give: (value: unknown) => unknown): Reply | Promise<Reply> {
  return isThenable(item)
    ? Promise.resolve(item).then((value) => replyTo(call, give(value)))
    : replyTo(call, give(item))
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function takeStream(call: Call, take: (value: unknown) => unknown): AsyncIterableIterator<unknown> {
  return iterate(streamOf(call.input), { map: take, abort: (abort) => call.lifetime.onCancel(abort) })
}

/** What counts as a stream of messages: an iterable; nothing at all, null and `{}` are an empty one. */
function streamOf(input: unknown): AsyncIterable<unknown> | Iterable<unknown> {
  if (isIterable(input)) return input
  if (input === undefined || input === null || Object.keys(input).length === 0) return []
  throw new RpcError('INVALID_ARGUMENT', 'this method takes a stream: send an array, or one message a line')
}

/** How a method's output is turned into what the caller sees. */
interface Giving {
  readonly give: (value: unknown) => unknown
  readonly mask: Mask
  /** The method's, for messages. */
  readonly name: string
}

async function giveStream(call: Call, items: unknown, { give, mask, name }: Giving): Promise<Reply> {
  const source = items instanceof Promise ? await items : items
  if (!isIterable(source))
    throw new TypeError(`${name} must return an iterable; write it as an async generator (async function*)`)
  const iterator = iteratorOf(source)
  // The first item is awaited, so that the handler may still set the header and a failure before it is the call's failure.
  const first = await iterator.next()
  if (call.lifetime.reason !== undefined) {
    await iterator.return?.()
    throw call.lifetime.reason
  }
  const output = iterate(startingWith(first, iterator), {
    map: give,
    fail: (error) => mask(call, error),
    end: (error) => endStream(call, error),
    abort: (abort) => call.lifetime.onCancel(abort),
  })
  return replyTo(call, output)
}

type Items = AsyncIterator<unknown> | Iterator<unknown>

/** So many items at most are taken from a handler in one turn of the event loop. */
const itemsPerTurn = 4_096

function startingWith(first: IteratorResult<unknown>, rest: Items): AsyncIterable<unknown> {
  let waiting: IteratorResult<unknown> | undefined = first
  let count = 0
  const iterator = {
    next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown> {
      if (waiting === undefined)
        return ++count % itemsPerTurn === 0 ? nextTurn().then(() => rest.next()) : rest.next()
      const result = waiting
      waiting = undefined
      return result
    },
    return: () => rest.return?.(),
  }
  // A plain result in place of a promise is what iterate() takes as well, and what a synchronous iterator gives.
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<unknown> }
}
