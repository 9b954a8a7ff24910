import type { Call, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { givesStream } from '../../core/kind.ts'
import { createMetadata, type Metadata } from '../../core/metadata.ts'
import type { Http2Error } from '../../http2/error.ts'
import type { HeaderBlock } from '../../http2/header-block.ts'
import type { Http2Stream, StreamListener } from '../../http2/stream-face.ts'
import { MessageReader } from '../../wire/grpc/message-reader.ts'
import { grpcType, type MethodCodec } from './codec.ts'
import { readMetadata } from './fields.ts'
import { IncomingMessages, notCompressed, unpack } from './incoming-messages.ts'
import { OutgoingMessages } from './outgoing-messages.ts'
import { failureIn, failureOfStatus, failureOfStream } from './status.ts'

/** What a client's call hears of its stream. */
export const clientListener: StreamListener = {
  onHeaders: (stream, headers) => (stream.data as ClientCall).head(headers),
  onData: (stream, octets) => (stream.data as ClientCall).data(octets),
  onEnd: (stream, trailers) => (stream.data as ClientCall).ended(trailers),
  onDrain: (stream) => (stream.data as ClientCall).outgoing?.drained(),
  onClose: (stream, error) => (stream.data as ClientCall).closed(error),
}

/** Where the reply goes, or the failure before it. */
export interface Settle {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: RpcError) => void
}

/** One call on its way to a server and back. A class: one is made for every call. */
export class ClientCall {
  outgoing: OutgoingMessages | undefined = undefined
  private stream!: Http2Stream
  private readonly call: Call
  private readonly codec: MethodCodec
  private readonly settle: Settle
  private readonly maxBytes: number
  private readonly reader: MessageReader
  private incoming: IncomingMessages | undefined = undefined
  private header: Metadata | undefined = undefined
  private readonly trailer: Metadata = createMetadata()
  private readonly messages: unknown[] = []
  private compressed = false
  private over = false

  constructor(call: Call, codec: MethodCodec, maxBytes: number, settle: Settle) {
    this.call = call
    this.codec = codec
    this.settle = settle
    this.maxBytes = maxBytes
    this.reader = new MessageReader(maxBytes, (bytes, compressed) => this.message(bytes, compressed))
  }

  /** Sends the input over a stream that was opened for it. */
  begin(stream: Http2Stream): void {
    const { call } = this
    this.stream = stream
    const isStream = isIterable(call.input)
    this.outgoing = new OutgoingMessages(stream, isStream ? this.codec.writeItem : this.codec.write)
    call.lifetime.onCancel((reason) => {
      this.fail(reason)
      stream.reset('CANCEL')
    })
    if (this.over) return
    if (isIterable(call.input)) void this.sendAll(call.input)
    else {
      this.outgoing.send(call.input)
      stream.end()
    }
  }

  private async sendAll(input: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
    try {
      await this.outgoing!.sendAll(input, this.call.lifetime)
      if (!this.stream.closed) this.stream.end()
    } catch (error) {
      this.fail(toRpcError(error))
      this.stream.reset('CANCEL')
    }
  }

  head(headers: HeaderBlock): void {
    if (headers.status !== 200 || !grpcType.test(headers.get('content-type') ?? '')) {
      this.fail(failureIn(headers) ?? failureOfStatus(headers.status))
      return this.stream.reset('CANCEL')
    }
    this.compressed = headers.get('grpc-encoding') === 'gzip'
    // An answer that is trailers only: `ended` reads them.
    if (headers.get('grpc-status') !== undefined) return
    this.header = readMetadata(headers, undefined) ?? createMetadata()
    const { kind } = this.call
    if (kind === 'unary' || kind === 'clientStream') return
    if (kind !== undefined) return this.openStream()
    // Nobody knows what comes. An answer that is complete in this turn is taken as it is: most are, and need no stream.
    queueMicrotask(() => {
      if (!this.over) this.openStream()
    })
  }

  private openStream(): void {
    this.incoming = new IncomingMessages(this.stream)
    for (const message of this.messages) this.incoming.items.push(message)
    this.settle.resolve({ output: this.incoming.items, header: this.header!, trailer: this.trailer })
  }

  data(octets: Buffer): void {
    if (this.over) return this.stream.consume(octets.length)
    try {
      this.reader.push(octets)
    } catch (error) {
      this.fail(toRpcError(error))
      return this.stream.reset('CANCEL')
    }
    if (this.incoming) this.incoming.took(octets.length)
    else this.stream.consume(octets.length)
  }

  private message(bytes: Buffer, compressed: boolean): void {
    const message = this.codec.read(
      !compressed ? bytes : this.compressed ? unpack(bytes, this.maxBytes) : notCompressed(),
    )
    if (this.incoming) this.incoming.items.push(message)
    else this.messages.push(message)
  }

  ended(trailers: HeaderBlock | undefined): void {
    if (this.over) return
    const last = trailers ?? this.stream.headers!
    const failure = failureIn(last)
    readMetadata(last, this.trailer)
    if (failure) return this.fail(failure)
    if (last.get('grpc-status') === undefined) return this.fail(failureOfStatus(this.stream.headers!.status))
    if (this.reader.open)
      return this.fail(new RpcError('INTERNAL', 'the answer ends in the middle of a message'))
    this.complete()
  }

  private complete(): void {
    const { messages, codec, incoming, trailer } = this
    if (incoming) {
      this.over = true
      return incoming.items.end()
    }
    const { kind } = this.call
    if (kind === undefined ? messages.length !== 1 : givesStream(kind)) {
      this.over = true
      return this.settle.resolve({ output: messages, header: this.header ?? createMetadata(), trailer })
    }
    if (messages.length > 1)
      return this.fail(new RpcError('UNIMPLEMENTED', 'more than one message where one is due'))
    if (messages.length === 0 && !codec.isJson)
      return this.fail(new RpcError('UNIMPLEMENTED', 'no message where one is due'))
    this.over = true
    this.settle.resolve({ output: messages[0] ?? {}, header: this.header ?? createMetadata(), trailer })
  }

  closed(error: Http2Error | undefined): void {
    this.outgoing?.drained()
    if (!this.over)
      this.fail(error ? failureOfStream(error) : new RpcError('UNAVAILABLE', 'the stream ended early'))
  }

  private fail(error: RpcError): void {
    if (this.over) return
    this.over = true
    // What came before the failure counts.
    if (this.call.kind === undefined && this.messages.length > 0 && !this.incoming) this.openStream()
    if (this.incoming) this.incoming.items.fail(error)
    else this.settle.reject(error)
  }
}
