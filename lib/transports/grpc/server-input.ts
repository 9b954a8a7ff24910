import { RpcError, toRpcError } from '../../core/errors.ts'
import { takesStream } from '../../core/kind.ts'
import type { Http2Stream } from '../../http2/stream-face.ts'
import { MessageReader } from '../../wire/grpc/message-reader.ts'
import { notCompressed, unpack } from './gzip.ts'
import { IncomingMessages } from './incoming-messages.ts'
import type { Route } from './server-routes.ts'

/** The half of a server's call that reads. A class, as the call is: both are one object, made for every call. */
export abstract class ServerInput {
  protected readonly stream: Http2Stream
  protected readonly route: Route
  protected incoming: IncomingMessages | undefined = undefined
  /** The answer is complete, or nobody waits for it. */
  protected over = false
  private readonly maxBytes: number
  /** Of the messages that wait with the call for its turn. */
  protected bytes = 0
  private readonly reader: MessageReader
  private readonly messages: unknown[] = []
  private begun = false
  /** The first message is `{}`: an item only if there are more. */
  private emptyFirst = false

  constructor(stream: Http2Stream, route: Route, maxBytes: number) {
    this.stream = stream
    this.route = route
    this.maxBytes = maxBytes
    this.reader = new MessageReader(maxBytes, (bytes, compressed) => this.message(bytes, compressed))
  }

  /** The input is there: one message, or the stream of them. */
  protected abstract run(input: unknown): void
  protected abstract fail(thrown: unknown): void

  begin(): void {
    if (this.route.unknown) return this.run(undefined)
    if (!takesStream(this.route.description?.kind)) return
    this.incoming = new IncomingMessages(this.stream)
    this.run(this.incoming.items)
  }

  data(octets: Buffer): void {
    // What is sent to a method that is not there means nothing.
    if (this.over || this.route.unknown) return this.stream.consume(octets.length)
    try {
      this.reader.push(octets)
    } catch (error) {
      this.inputFailed(toRpcError(error))
    }
    if (this.incoming) this.incoming.took(octets.length)
    else this.stream.consume(octets.length)
  }

  private message(bytes: Buffer, compressed: boolean): void {
    const { route, maxBytes, incoming } = this
    const plain = !compressed ? bytes : route.compressed ? unpack(bytes, maxBytes) : notCompressed()
    const message = route.codec.read(plain)
    if (!incoming) {
      this.bytes += plain.length
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
}

function isEmptyObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0
  )
}
