import type { Call, Invoke, Reply } from '../../core/call.ts'
import type { Peer } from '../../core/context.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { neverRan } from '../../core/never-ran.ts'
import { headerList } from '../../http2/sent-headers.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'
import { metadataFields, readMetadata } from './fields.ts'
import type { GrpcSettings } from './options.ts'
import { OutgoingMessages } from './outgoing-messages.ts'
import { responseHeaders } from './response-headers.ts'
import { ServerInput } from './server-input.ts'
import type { Route, Router } from './server-routes.ts'
import { failureFields } from './status.ts'

/** What all calls of a server share. */
export interface ServerContext {
  readonly invoke: Invoke
  readonly router: Router
  readonly settings: GrpcSettings
  /** The server takes no more calls: `stop` was called. */
  stopped: boolean
}

const success = headerList({ 'grpc-status': '0' })

/** One call on its way through the server. A class: one is made for every call. */
export class ServerCall extends ServerInput {
  readonly outgoing: OutgoingMessages
  private readonly context: ServerContext
  private readonly deadline: number | undefined
  private call: Call | undefined = undefined
  /** It came when the server took no more calls. */
  private late = false
  private responded = false

  constructor(stream: Http2Stream, route: Route, context: ServerContext) {
    const { maxMessageBytes, gzipFrom } = context.settings
    super(stream, route, maxMessageBytes)
    this.context = context
    this.outgoing = new OutgoingMessages(
      stream,
      route.codec.write,
      route.packs ? gzipFrom : Number.POSITIVE_INFINITY,
    )
    this.deadline = route.timeoutMs === undefined ? undefined : Date.now() + route.timeoutMs
  }

  protected run(input: unknown): void {
    const { stream, route, context } = this
    const { service, method, description } = route
    const { connection } = stream
    const peer = (connection.data ??= { transport: 'grpc', address: connection.remoteAddress }) as Peer
    let bad: string | undefined
    const metadata = readMetadata(stream.headers!, undefined, (name) => (bad = name))
    if (bad !== undefined) return this.fail(new RpcError('INVALID_ARGUMENT', `metadata ${bad}: not base64`))
    const kind = description?.kind
    this.late = context.stopped
    this.call = createCall({
      service,
      method,
      kind,
      input,
      metadata,
      deadline: this.deadline,
      peer,
      connection,
      bytes: this.bytes,
    })
    context.invoke(this.call).then(
      (reply) => this.answer(reply),
      (error: unknown) => this.fail(error),
    )
  }

  private answer(reply: Reply): void {
    if (this.over) return
    try {
      this.respond(reply)
      if (isIterable(reply.output)) return void this.answerAll(reply, reply.output)
      this.outgoing.send(reply.output)
      this.end(reply)
    } catch (error) {
      this.fail(error)
    }
  }

  private async answerAll(reply: Reply, output: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
    try {
      await this.outgoing.sendAll(output, this.call!.lifetime)
      const { reason } = this.call!.lifetime
      if (reason) this.fail(reason)
      else this.end(reply)
    } catch (error) {
      this.fail(error)
    }
  }

  private respond({ header }: Reply): void {
    const { codec, packs } = this.route
    const list = responseHeaders(codec.contentType, packs)
    const extra = metadataFields(header)
    this.stream.respond(list, extra.length > 0 ? { extra } : undefined)
    this.responded = true
  }

  private end({ trailer }: Reply): void {
    if (this.over) return
    const extra = metadataFields(trailer)
    this.over = true
    this.stream.sendTrailers(extra.length > 0 ? ['grpc-status', '0', ...extra] : success)
    this.letGo()
  }

  protected fail(thrown: unknown): void {
    if (this.over) return
    this.over = true
    const error = toRpcError(thrown)
    // The client had not heard of the GOAWAY yet. This is how it learns that it may repeat the call.
    if (this.late && !this.responded && neverRan(error)) return this.stream.reset('REFUSED_STREAM')
    const fields = failureFields(error, this.route.service)
    if (this.responded) this.stream.sendTrailers(fields)
    else
      this.stream.respond(
        { ':status': '200', 'content-type': this.route.codec.contentType },
        { extra: fields, end: true },
      )
    this.letGo()
  }

  // The answer is complete: what the client still sends is in vain. Not before it has left.
  private letGo(): void {
    if (!this.stream.closed && this.stream.queued === 0) this.stream.reset('NO_ERROR')
  }

  closed(): void {
    this.outgoing.drained()
    // Mostly the answer has left. An error that nobody reads would cost more than the rest of the call.
    if (this.over) return
    this.over = true
    const gone = new RpcError('CANCELLED', 'the client has gone')
    this.incoming?.items.fail(gone)
    this.call?.lifetime.cancel(gone)
  }
}
