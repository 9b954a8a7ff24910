import type { Call, Reply } from '../core/call.ts'
import { isRpcError, RpcError, toRpcError } from '../core/errors.ts'
import { isIterable, iterate } from '../core/iterate.ts'
import { takesStream } from '../core/kind.ts'
import type { Metadata } from '../core/metadata.ts'
import { single } from '../core/single.ts'
import { createStream, type BoundedStream } from '../core/stream.ts'
import { outgoingCall, watchDeadline, type Caller } from './outgoing-call.ts'
import type { CallOptions } from './signature.ts'
import type { Target } from './target.ts'

type Result = IteratorResult<unknown, undefined>

/**
 * One call, of any kind. It is a promise, an iterator and a sender at once; the types let each kind see its own side,
 * and to a client made from a type alone its use is all that tells its kind.
 * A class: one is made for every call, and as closures its functions would be made with it.
 */
export class ClientCall {
  private readonly caller: Caller
  private readonly target: Target
  private readonly options: CallOptions
  private input: unknown
  private awaited = false
  private call: Call | undefined = undefined
  private reply: Promise<Reply> | undefined = undefined
  private result: Promise<unknown> | undefined = undefined
  private items: AsyncIterableIterator<unknown, undefined, void> | undefined = undefined
  private outbox: BoundedStream<unknown> | undefined = undefined
  private inbox: AsyncIterableIterator<unknown, undefined, void> | undefined = undefined
  private end_: { readonly trailer: Metadata } | { readonly error: unknown } | undefined = undefined
  private onEnd: (() => void) | undefined = undefined

  constructor(caller: Caller, target: Target, input: unknown, options: CallOptions = {}) {
    this.caller = caller
    this.target = target
    this.input = input
    this.options = options
    if (input === undefined) return
    if (target.kind === 'unary') void this.outcome()
    else if (target.kind !== undefined) void this.start()
    // What the first use says is heard before the call leaves: a call that is awaited has a time limit, a stream has none.
    else queueMicrotask(() => queueMicrotask(() => void this.start()))
  }

  // oxlint-disable-next-line unicorn/no-thenable -- to be awaited is its purpose
  then<A, B>(
    onValue?: ((value: unknown) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.outcome().then(onValue, onError) as Promise<A | B>
  }
  catch<B>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<unknown> {
    return this.outcome().catch(onError)
  }
  finally(onFinally?: (() => void) | null): Promise<unknown> {
    return this.outcome().finally(onFinally)
  }
  get [Symbol.toStringTag](): string {
    return 'Promise'
  }

  [Symbol.asyncIterator](): this {
    return this
  }
  next(): Promise<Result> {
    return this.items ? this.items.next() : this.first()
  }
  async return(): Promise<Result> {
    this.cancel()
    await this.items?.return?.()
    return { done: true, value: undefined }
  }

  async send(message: unknown): Promise<void> {
    const outbox = this.openOutbox()
    if (!outbox.push(this.target.encode(message))) await outbox.drained()
    if (this.end_ === undefined) return
    if ('error' in this.end_) throw this.end_.error
    throw new RpcError('CANCELLED', 'the call has ended; nothing more can be sent')
  }
  async end(): Promise<void> {
    this.openOutbox().end()
  }

  cancel(): void {
    void this.start()
    this.call!.lifetime.cancel(new RpcError('CANCELLED', 'the call was cancelled'))
  }

  get header(): Promise<Metadata> {
    return quiet(this.start().then((reply) => reply.header))
  }
  get trailer(): Promise<Metadata> {
    void this.start()
    const settle = (resolve: (trailer: Metadata) => void, reject: (error: unknown) => void): void => {
      if ('error' in this.end_!) reject(this.end_.error)
      else resolve(this.end_!.trailer)
    }
    return quiet(
      new Promise((resolve, reject) => {
        if (this.end_) return settle(resolve, reject)
        const before = this.onEnd
        this.onEnd = () => {
          before?.()
          settle(resolve, reject)
        }
      }),
    )
  }

  private start(): Promise<Reply> {
    if (this.reply) return this.reply
    const { caller, target } = this
    if (this.input === undefined && target.kind !== undefined && takesStream(target.kind)) this.input = this.outbox = createStream()
    let input = this.input
    let failure: unknown
    try {
      if (input !== this.outbox) input = isIterable(input) ? (this.inbox = this.messages(input)) : encodeOne(target, input)
    } catch (error) {
      failure = error
    }
    const isUnary = target.kind === 'unary' || (target.kind === undefined && this.awaited && !isIterable(input))
    const timeoutMs = this.options.timeoutMs ?? target.timeoutMs ?? (isUnary ? caller.timeoutMs : undefined)
    try {
      this.call = outgoingCall(caller, target, input, this.options, timeoutMs)
    } catch (error) {
      // Bad metadata or no parent: the call fails with it, as every call fails, and is never sent.
      failure ??= error
      this.call = outgoingCall({ ...caller, metadata: undefined }, target, input, {}, undefined)
    }
    this.reply = failure === undefined ? caller.invoke(this.call) : Promise.reject(failure)
    this.reply.catch((error: unknown) => this.finish({ error: toRpcError(error) }))
    return this.reply
  }

  // The caller's own stream of messages: when it fails, so does the call.
  private messages(source: AsyncIterable<unknown> | Iterable<unknown>): AsyncIterableIterator<unknown, undefined, void> {
    const fail = (cause: unknown): RpcError => {
      const error = isRpcError(cause) ? cause : new RpcError('CANCELLED', 'the messages to be sent failed', { cause })
      this.call!.lifetime.cancel(error)
      return error
    }
    return iterate(source, { map: this.target.encode, fail })
  }

  private outcome(): Promise<unknown> {
    this.awaited = true
    const unbounded = this.options.timeoutMs === undefined && this.target.kind === undefined
    const late = unbounded && this.reply !== undefined && this.call!.deadline === undefined
    if (late && !isIterable(this.input)) watchDeadline(this.caller, this.call!, this.caller.timeoutMs)
    return (this.result ??= this.start().then((reply) => this.only(reply)))
  }

  private only(reply: Reply): unknown {
    if (isIterable(reply.output)) return this.onlyOf(reply, reply.output)
    try {
      return this.target.decode(reply.output)
    } finally {
      this.finish(reply)
    }
  }
  private async onlyOf(reply: Reply, stream: AsyncIterable<unknown> | Iterable<unknown>): Promise<unknown> {
    try {
      const message = await single(iterate(stream, { abort: (abort) => this.call!.lifetime.onCancel(abort) }))
      this.finish(reply)
      return this.target.decode(message)
    } catch (error) {
      this.finish({ error })
      throw error
    }
  }

  private async first(): Promise<Result> {
    // A send() in this same turn makes it a call that streams in; one that comes later is too late.
    if (this.input === undefined && this.target.kind === undefined) await undefined
    const reply = await this.start()
    this.items ??= iterate(isIterable(reply.output) ? reply.output : [reply.output], {
      map: this.target.decode,
      end: (error) => this.finish(error === undefined ? reply : { error }),
      abort: (abort) => this.call!.lifetime.onCancel(abort),
    })
    return this.items.next()
  }

  private openOutbox(): BoundedStream<unknown> {
    if (this.outbox) return this.outbox
    if (this.input === undefined && this.reply === undefined) this.input = this.outbox = createStream()
    void this.start()
    if (this.outbox) return this.outbox
    throw new TypeError(
      this.input === undefined
        ? 'this call has begun without messages; send() the first one before you await or iterate it'
        : 'this call was given its messages as an argument; call without one to send() them',
    )
  }

  private finish(end: { readonly trailer: Metadata } | { readonly error: unknown }): void {
    if (this.end_) return
    this.end_ = end
    const { lifetime } = this.call!
    if ('error' in end) lifetime.cancel(toRpcError(end.error))
    lifetime.finish()
    void this.outbox?.return()
    // Nobody takes what is not yet sent; the caller's own generator may clean up.
    this.inbox?.return!().catch(() => {})
    this.onEnd?.()
  }
}

function encodeOne(target: Target, input: unknown): unknown {
  return input === undefined && target.kind === undefined ? undefined : target.encode(input)
}

// Who asks for the header may ask for the answer too, and learns of the failure there.
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {})
  return promise
}
