import type { Call, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { givesStream } from '../../core/kind.ts'
import { createMetadata, type Metadata } from '../../core/metadata.ts'
import type { Http2Error } from '../../http2/error.ts'
import type { HeaderBlock } from '../../http2/header-block.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'
import { MessageReader } from '../../wire/grpc/message-reader.ts'
import { grpcType, type MethodCodec } from './codec.ts'
import { readMetadata } from './fields.ts'
import { notCompressed, unpack } from './gzip.ts'
import { IncomingMessages } from './incoming-messages.ts'
import { failureIn, failureOfStatus, failureOfStream } from './status.ts'

/** Where the reply goes, or the failure before it. */
export interface Settle {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: RpcError) => void
}

/** The half of a client's call that reads. A class, as the call is: both are one object, made for every call. */
export abstract class ClientReply {
  readonly call: Call
  protected readonly codec: MethodCodec
  protected stream!: Http2Stream
  protected over = false
  private readonly settle: Settle
  private readonly maxBytes: number
  private readonly reader: MessageReader
  private incoming: IncomingMessages | undefined = undefined
  private header: Metadata | undefined = undefined
  private readonly trailer: Metadata = createMetadata()
  private readonly messages: unknown[] = []
  private compressed = false

  constructor(call: Call, codec: MethodCodec, maxBytes: number, settle: Settle) {
    this.call = call
    this.codec = codec
    this.settle = settle
    this.maxBytes = maxBytes
    this.reader = new MessageReader(maxBytes, (bytes, compressed) => this.message(bytes, compressed))
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
    if (kind !== undefined && !givesStream(kind)) return
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
    if (!this.over)
      this.fail(error ? failureOfStream(error) : new RpcError('UNAVAILABLE', 'the stream ended early'))
  }

  /** Ends the call early. What it has been given stays. */
  fail(error: RpcError): void {
    if (this.over) return
    this.over = true
    // What came before the failure counts.
    if (this.call.kind === undefined && this.messages.length > 0 && !this.incoming) this.openStream()
    if (this.incoming) this.incoming.items.fail(error)
    else this.settle.reject(error)
  }
}
