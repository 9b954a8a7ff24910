import type { Call, Invoke, Reply } from '../../core/call.ts'
import type { Peer } from '../../core/context.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { takesStream } from '../../core/kind.ts'
import { headerList, type HeaderList } from '../../http2/sent-headers.ts'
import type { Http2Stream, StreamListener } from '../../http2/stream-face.ts'
import { MessageReader } from '../../wire/grpc/message-reader.ts'
import { metadataFields, readMetadata } from './fields.ts'
import { IncomingMessages, notCompressed, unpack } from './incoming-messages.ts'
import type { GrpcSettings } from './options.ts'
import { OutgoingMessages } from './outgoing-messages.ts'
import type { Route, Router } from './server-routes.ts'
import { failureFields } from './status.ts'

/** What all calls of a server share. */
export interface ServerContext {
  readonly invoke: Invoke
  readonly router: Router
  readonly settings: GrpcSettings
}

/** What both sides say that they can read. */
const accepts = { 'grpc-accept-encoding': 'gzip' }
const success = headerList({ 'grpc-status': '0' })
const responses = new Map<string, HeaderList>()

/** Begins to answer a request. */
export function serveCall(stream: Http2Stream, context: ServerContext): void {
  const route = context.router(stream.headers!)
  if (route.failure) return refuse(stream, route, route.failure)
  const call = new ServerCall(stream, route, context)
  stream.data = call
  stream.listener = listener
  call.begin()
}

function refuse(stream: Http2Stream, { codec, status, service }: Route, failure: RpcError): void {
  const extra = failureFields(failure, service)
  stream.respond({ ':status': status, 'content-type': codec.contentType, ...accepts }, { extra, end: true })
  // What the client still sends is in vain.
  if (!stream.closed) stream.reset('NO_ERROR')
}

const listener: StreamListener = {
  onData: (stream, octets) => (stream.data as ServerCall).data(octets),
  onEnd: (stream) => (stream.data as ServerCall).ended(),
  onDrain: (stream) => (stream.data as ServerCall).outgoing.drained(),
  onClose: (stream) => (stream.data as ServerCall).closed(),
}

/** One call on its way through the server. A class: one is made for every call. */
class ServerCall {
  readonly outgoing: OutgoingMessages
  private readonly stream: Http2Stream
  private readonly route: Route
  private readonly context: ServerContext
  private readonly reader: MessageReader
  private readonly deadline: number | undefined
  private incoming: IncomingMessages | undefined = undefined
  private readonly messages: unknown[] = []
  private call: Call | undefined = undefined
  private begun = false
  /** The first message is `{}`: an item only if there are more. */
  private emptyFirst = false
  private responded = false
  private over = false

  constructor(stream: Http2Stream, route: Route, context: ServerContext) {
    this.stream = stream
    this.route = route
    this.context = context
    this.outgoing = new OutgoingMessages(stream, route.codec.write)
    this.reader = new MessageReader(context.settings.maxMessageBytes, (bytes, compressed) =>
      this.message(bytes, compressed),
    )
    this.deadline = route.timeoutMs === undefined ? undefined : Date.now() + route.timeoutMs
  }

  begin(): void {
    if (this.route.unknown) return this.run(undefined)
    if (!takesStream(this.route.description?.kind)) return
    this.incoming = new IncomingMessages(this.stream)
    this.run(this.incoming.items)
  }

  data(octets: Buffer): void {
    if (this.over) return this.stream.consume(octets.length)
    try {
      this.reader.push(octets)
    } catch (error) {
      this.inputFailed(toRpcError(error))
    }
    if (this.incoming) this.incoming.took(octets.length)
    else this.stream.consume(octets.length)
  }

  private message(bytes: Buffer, compressed: boolean): void {
    const { route, context, incoming } = this
    const plain = !compressed
      ? bytes
      : route.compressed
        ? unpack(bytes, context.settings.maxMessageBytes)
        : notCompressed()
    const message = route.codec.read(plain)
    if (!incoming) {
      // Known only to be too many when the second has come; what is behind it is of no interest.
      if (this.messages.length < 2) this.messages.push(message)
    } else this.item(incoming, message)
  }

  /** One array is the stream, whole; null, or `{}` alone, is an empty one: so Python's client sends them. */
  private item({ items }: IncomingMessages, message: unknown): void {
    if (!this.route.codec.isJson) return void items.push(message)
    if (this.emptyFirst) items.push({})
    this.emptyFirst = !this.begun && isEmptyObject(message)
    this.begun = true
    if (this.emptyFirst || message === null) return
    if (Array.isArray(message)) for (const one of message) items.push(one)
    else items.push(message)
  }

  ended(): void {
    if (this.over || this.route.unknown) return
    if (this.reader.open)
      return this.inputFailed(new RpcError('INTERNAL', 'the request ends in the middle of a message'))
    if (this.incoming) return this.incoming.items.end()
    if (this.messages.length > 1)
      return this.fail(new RpcError('UNIMPLEMENTED', 'more than one message where one is due'))
    if (this.messages.length === 0 && !this.route.codec.isJson)
      return this.fail(new RpcError('UNIMPLEMENTED', 'no message where one is due'))
    this.run(this.messages[0])
  }

  private inputFailed(error: RpcError): void {
    if (this.incoming) this.incoming.items.fail(error)
    else this.fail(error)
  }

  private run(input: unknown): void {
    const { stream, route, context } = this
    const { service, method, description } = route
    const { connection } = stream
    const peer = (connection.data ??= { transport: 'grpc', address: connection.remoteAddress }) as Peer
    let bad: string | undefined
    const metadata = readMetadata(stream.headers!, undefined, (name) => (bad = name))
    if (bad !== undefined) return this.fail(new RpcError('INVALID_ARGUMENT', `metadata ${bad}: not base64`))
    const kind = description?.kind
    this.call = createCall({
      service,
      method,
      kind,
      input,
      metadata,
      deadline: this.deadline,
      peer,
      connection,
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
    const { contentType } = this.route.codec
    let list = responses.get(contentType)
    if (!list)
      responses.set(
        contentType,
        (list = headerList({ ':status': '200', 'content-type': contentType, ...accepts })),
      )
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

  private fail(thrown: unknown): void {
    if (this.over) return
    this.over = true
    const fields = failureFields(toRpcError(thrown), this.route.service)
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

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  )
}
