import type { Call } from '../../core/call.ts'
import { remainingMs } from '../../core/deadline.ts'
import { toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import type { Http2Client } from '../../http2/driver/client.ts'
import { Http2Error } from '../../http2/error.ts'
import type { HeaderList } from '../../http2/sent-headers.ts'
import type { Http2Stream, StreamListener } from '../../http2/stream-face.ts'
import { formatGrpcTimeout } from '../../wire/grpc/timeout.ts'
import { ClientReply, type Settle } from './client-reply.ts'
import type { MethodCodec } from './codec.ts'
import { metadataFields } from './fields.ts'
import type { GrpcSettings } from './options.ts'
import { OutgoingMessages } from './outgoing-messages.ts'
import { failureOfStream } from './status.ts'

/** What calls need to know of their channel. */
export type CallLimits = Pick<GrpcSettings, 'maxMessageBytes' | 'gzipFrom'>

/** One call on its way to a server and back. A class: one is made for every call. */
export class ClientCall extends ClientReply {
  private readonly gzipFrom: number
  private outgoing: OutgoingMessages | undefined = undefined

  constructor(call: Call, codec: MethodCodec, { maxMessageBytes, gzipFrom }: CallLimits, settle: Settle) {
    super(call, codec, maxMessageBytes, settle)
    this.gzipFrom = gzipFrom
  }

  /** Opens a stream for the call and sends its input. What fails goes where the reply would have gone. */
  send(client: Http2Client, headers: HeaderList): void {
    try {
      this.begin(
        client.request(headers, { extra: fieldsOf(this.call), listener: clientListener, data: this }),
      )
    } catch (error) {
      this.fail(error instanceof Http2Error ? failureOfStream(error) : toRpcError(error))
    }
  }

  private begin(stream: Http2Stream): void {
    const { call, codec } = this
    this.stream = stream
    const isStream = isIterable(call.input)
    this.outgoing = new OutgoingMessages(stream, isStream ? codec.writeItem : codec.write, this.gzipFrom)
    call.lifetime.onCancel((reason) => {
      this.fail(reason)
      stream.reset('CANCEL')
    })
    if (this.over) return
    if (isIterable(call.input)) return void this.sendAll(this.outgoing, call.input)
    try {
      this.outgoing.send(call.input)
    } catch (error) {
      // It cannot be written. The server waits for it no longer.
      this.fail(toRpcError(error))
      return stream.reset('CANCEL')
    }
    stream.end()
  }

  private async sendAll(
    outgoing: OutgoingMessages,
    input: AsyncIterable<unknown> | Iterable<unknown>,
  ): Promise<void> {
    try {
      await outgoing.sendAll(input, this.call.lifetime)
      if (!this.stream.closed) this.stream.end()
    } catch (error) {
      this.fail(toRpcError(error))
      this.stream.reset('CANCEL')
    }
  }

  drained(): void {
    this.outgoing?.drained()
  }

  override closed(error: Http2Error | undefined): void {
    this.drained()
    super.closed(error)
  }
}

const clientListener: StreamListener = {
  onHeaders: (stream, headers) => (stream.data as ClientCall).head(headers),
  onData: (stream, octets) => (stream.data as ClientCall).data(octets),
  onEnd: (stream, trailers) => (stream.data as ClientCall).ended(trailers),
  onDrain: (stream) => (stream.data as ClientCall).drained(),
  onClose: (stream, error) => (stream.data as ClientCall).closed(error),
}

function fieldsOf(call: Call): readonly string[] {
  const fields = metadataFields(call.metadata)
  if (call.deadline === undefined) return fields
  return ['grpc-timeout', formatGrpcTimeout(remainingMs(call.deadline)), ...fields]
}
