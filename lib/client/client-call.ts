import type { Call, Reply } from '../core/call.ts'
import type { Cursor } from '../core/cursor.ts'
import { isRpcError, RpcError, toRpcError } from '../core/errors.ts'
import { isIterable, iterate, type IterationHooks } from '../core/iterate.ts'
import { isSingle, takesStream } from '../core/kind.ts'
import type { Metadata } from '../core/metadata.ts'
import { single } from '../core/single.ts'
import { createStream, type BoundedStream } from '../core/stream.ts'
import { outgoingCall, unsentCall } from './outgoing-call.ts'
import { resuming } from './resume.ts'
import type { StreamCallOptions } from './signature.ts'
import type { Target } from './target.ts'

type Result = IteratorResult<unknown, undefined>

/**
 * One call, of any kind. It is a promise, an iterator and a sender at once; the types let each kind see its own side,
 * and to a client made from a type alone its use is all that tells its kind.
 * A class: one is made for every call, and as closures its functions would be made with it.
 */
export class ClientCall {
  readonly #target: Target
  readonly #options: StreamCallOptions
  #input: unknown
  #awaited = false
  #call: Call | undefined
  #reply: Promise<Reply> | undefined
  #result: Promise<unknown> | undefined
  #items: AsyncIterableIterator<unknown, undefined, void> | undefined
  #outbox: BoundedStream<unknown> | undefined

  constructor(target: Target, input: unknown, options: StreamCallOptions = {}) {
    this.#target = target
    this.#input = input
    this.#options = options
    if (input === undefined) return
    if (isSingle(target.kind)) void this.#outcome()
    else if (target.kind !== undefined) void this.#start()
    // What the first use says is heard before the call leaves: a call that is awaited has a time limit, a stream has none.
    else queueMicrotask(() => queueMicrotask(() => void this.#start()))
  }

  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is its purpose
  then<A, B>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#outcome().then<A, B>(onValue, onError)
  }
  catch<B>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.#outcome().catch(onError)
  }
  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.#outcome().finally(onFinally)
  }
  get [Symbol.toStringTag](): string {
    return 'Promise'
  }

  [Symbol.asyncIterator](): this {
    return this
  }
  next(): Promise<Result> {
    return this.#items ? this.#items.next() : this.#first()
  }
  async return(): Promise<Result> {
    this.cancel()
    await this.#items?.return?.()
    return { done: true, value: undefined }
  }

  async send(message: unknown): Promise<void> {
    const outbox = this.#openOutbox()
    if (!outbox.push(this.#target.encode(message))) await outbox.drained()
    const { finished, reason } = this.#call!.lifetime
    if (finished) throw reason ?? new RpcError('CANCELLED', 'the call has ended; nothing more can be sent')
  }
  async end(): Promise<void> {
    this.#openOutbox().end()
  }

  cancel(): void {
    void this.#start()
    this.#call!.lifetime.cancel(new RpcError('CANCELLED', 'the call was cancelled'))
  }

  get header(): Promise<Metadata> {
    return quiet(this.#start().then((reply) => reply.header))
  }
  get trailer(): Promise<Metadata> {
    return quiet(this.#ending())
  }

  async #ending(): Promise<Metadata> {
    const reply = this.#start()
    const { lifetime } = this.#call!
    await new Promise((resolve) => lifetime.onFinish(resolve))
    if (lifetime.reason) throw lifetime.reason
    return (await reply).trailer
  }

  #start(): Promise<Reply> {
    return (this.#reply ??= this.#leave())
  }

  #leave(): Promise<Reply> {
    const target = this.#target
    if (this.#input === undefined && takesStream(target.kind)) this.#input = this.#outbox = createStream()
    const given = this.#input
    // What is sent by hand was encoded by `send`.
    const stream = this.#outbox ?? (isIterable(given) ? this.#messages(given) : undefined)
    let reply: Promise<Reply>
    try {
      const input = stream ?? target.encode(given)
      this.#call = outgoingCall(target, input, this.#options, this.#timeoutMs)
      reply = target.caller.invoke(this.#call)
    } catch (error) {
      // A bad message, bad metadata or no parent.
      this.#call ??= unsentCall(target)
      reply = Promise.reject(error)
    }
    // Nobody takes what is not yet sent when it has ended; the caller's own generator may clean up.
    if (stream) this.#call.lifetime.onFinish(() => void stream.return!().catch(() => {}))
    // An awaited call hears of it in #only.
    if (!this.#awaited) reply.catch((error: unknown) => this.#finish(error))
    return reply
  }

  // The client's own limit is for single messages; without a contract, for what is awaited.
  get #timeoutMs(): number {
    const { kind, timeoutMs, caller } = this.#target
    const isUnary = kind === undefined ? this.#awaited && !isIterable(this.#input) : isSingle(kind)
    return this.#options.timeoutMs ?? timeoutMs ?? (isUnary ? caller.timeoutMs : Number.POSITIVE_INFINITY)
  }

  // The caller's own stream of messages: when it fails, so does the call.
  #messages(
    source: AsyncIterable<unknown> | Iterable<unknown>,
  ): AsyncIterableIterator<unknown, undefined, void> {
    const fail = (cause: unknown): RpcError => {
      const error = isRpcError(cause)
        ? cause
        : new RpcError('CANCELLED', 'the messages to be sent failed', { cause })
      this.#call!.lifetime.cancel(error)
      return error
    }
    return iterate(source, { map: this.#target.encode, fail })
  }

  #outcome(): Promise<unknown> {
    if (this.#result) return this.#result
    this.#awaited = true
    const call = this.#call
    // It may have left before anybody knew that it is one message.
    if (call && call.deadline === undefined) {
      this.#target.caller.deadlines.watch(call.lifetime, Date.now() + this.#timeoutMs)
    }
    return (this.#result = this.#only())
  }

  // With callbacks: an async function and the promise that it awaits cost a tenth of a call in process.
  #only(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => {
        this.#finish(error)
        reject(error)
      }
      const take = (message: unknown): void => {
        this.#finish()
        try {
          resolve(this.#target.decode(message))
        } catch (error) {
          reject(error)
        }
      }
      this.#start().then(({ output }) => {
        // Nothing where one message is due is an empty one.
        if (isIterable(output))
          single(iterate(output, this.#cancellable)).then((one) => take(one ?? {}), fail)
        else take(output)
      }, fail)
    })
  }

  async #first(): Promise<Result> {
    // A send() in this same turn makes it a call that streams in; one that comes later is too late.
    await Promise.resolve()
    const { output } = await this.#start()
    return (this.#items ??= this.#itemsOf(output)).next()
  }

  #itemsOf(output: unknown): ReturnType<typeof iterate> {
    const { decode, caller, cursor: known } = this.#target
    const hooks = { ...this.#cancellable, end: (error: unknown) => this.#finish(error) }
    const cursor = (this.#options.cursor ?? known) as ((item: unknown) => Cursor) | undefined
    if (!cursor || isIterable(this.#input)) {
      return iterate(isIterable(output) ? output : [output], { ...hooks, map: decode })
    }
    // Where its connection is lost it goes on behind what was delivered.
    let last: Cursor | undefined
    const map = (message: unknown): unknown => {
      const item = decode(message)
      last = cursor(item)
      return item
    }
    return iterate(resuming(output, { call: this.#call!, again: caller.invoke, last: () => last }), {
      ...hooks,
      map,
    })
  }

  get #cancellable(): IterationHooks {
    return { abort: (abort) => this.#call!.lifetime.onCancel(abort) }
  }

  #openOutbox(): BoundedStream<unknown> {
    if (this.#input === undefined && !this.#reply) this.#input = this.#outbox = createStream()
    void this.#start()
    if (this.#outbox) return this.#outbox
    throw new TypeError(
      this.#input === undefined
        ? 'this call has begun without messages; send() the first one before you await or iterate it'
        : 'this call was given its messages as an argument; call without one to send() them',
    )
  }

  #finish(error?: unknown): void {
    const { lifetime } = this.#call!
    if (error !== undefined) lifetime.cancel(toRpcError(error))
    lifetime.finish()
  }
}

// Who asks for the header may ask for the answer too, and learns of the failure there.
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
