import type { Call, Invoke, Reply } from '../../core/call.ts'
import type { Peer } from '../../core/context.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { takesStream } from '../../core/kind.ts'
import { addMetadata, createMetadata, type Metadata } from '../../core/metadata.ts'
import type { Description, MethodDescription } from '../../core/transport.ts'
import { tooLargeError } from '../too-large.ts'
import { readHead, type Envelope } from './envelope.ts'
import type { Holding, SlowReader } from './holding.ts'
import { Inflow } from './inflow.ts'
import type { Line } from './line.ts'
import { Outflow } from './outflow.ts'
import type { SessionSettings } from './port.ts'
import { readCredit } from './window.ts'
import {
  creditEnvelope,
  headerEnvelope,
  labelOf,
  noMetadata,
  writeMetadata,
  type EnvelopeWriter,
  type Label,
} from './write-envelope.ts'

/** What all calls of a session share. */
export interface ServerContext {
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly peer: Peer
  /** What the calls of one connection have in common. */
  readonly connection: object
  readonly settings: SessionSettings
  /** Stand in every call, whatever its caller says. */
  readonly metadata: Metadata | undefined
  readonly writer: EnvelopeWriter
  readonly line: Line
  readonly holding: Holding
  /** The call has been answered, or nobody waits for it any more. */
  ended(exchange: ServerExchange): void
}

/** How the first envelope of a call opens it: with its one message, or with a stream that follows. */
export type Opening = 'message' | 'stream'

/** One call on its way through the server. A class: one is made for every call. */
export class ServerExchange implements SlowReader {
  readonly id: string
  /** Whether more messages may come. */
  isOpen: boolean
  private readonly context: ServerContext
  private readonly service: string
  private readonly method: string
  private readonly label: Label
  private readonly description: MethodDescription | undefined
  private call: Call | undefined = undefined
  private inflow: Inflow | undefined = undefined
  private outflow: Outflow | undefined = undefined
  /** The messages that have come, where one is due. */
  private messages: unknown[] | undefined = undefined
  private metadata: Metadata | undefined = undefined
  private deadline: number | undefined = undefined
  private isStreaming = false
  private isOver = false

  constructor(context: ServerContext, { service, method, id }: Envelope, opening: Opening) {
    this.context = context
    this.id = id ?? ''
    this.isOpen = opening === 'stream'
    this.service = service ?? ''
    this.method = method ?? ''
    // A reply to a request says what it answers; other replies do not.
    this.label =
      opening === 'message' ? labelOf(this.service, this.method, this.id) : labelOf('', '', this.id)
    this.description = context.describe?.find(this.service, this.method)
  }

  /** Begins the call. Throws for what makes no call; `fail` answers it. */
  begin({ payload, metadata }: Envelope): void {
    const { metadata: read, timeoutMs } = readHead(metadata)
    this.metadata = read
    if (this.context.metadata) addMetadata((this.metadata ??= createMetadata()), this.context.metadata)
    if (timeoutMs !== undefined) this.deadline = this.context.settings.clock.now() + timeoutMs
    const isUnknown = this.context.describe !== undefined && this.description === undefined
    if (!this.isOpen) return this.run(isUnknown ? undefined : this.inputOf(payload))
    if (isUnknown) return this.run(undefined)
    if (this.description && !takesStream(this.description.kind)) this.messages = []
    else this.run((this.inflow = this.openInflow()).items)
  }

  private inputOf(payload: unknown): unknown {
    if (!takesStream(this.description?.kind)) return payload ?? {}
    // One array is the stream, whole; null, `{}` or nothing is an empty one.
    if (Array.isArray(payload)) return payload
    return payload === undefined || payload === null || isEmptyObject(payload) ? [] : payload
  }

  private openInflow(): Inflow {
    const { settings, line, holding } = this.context
    return new Inflow(
      settings.negotiated
        ? { give: (items, bytes) => line.send(creditEnvelope(this.label, items, bytes)) }
        : { full: (full) => holding.set(this, full) },
    )
  }

  private run(input: unknown): void {
    const { invoke, peer, connection } = this.context
    const { id, service, method, metadata, deadline } = this
    const kind = this.description?.kind
    this.call = createCall({ service, method, kind, input, metadata, deadline, id, peer, connection })
    invoke(this.call).then(
      (reply) => this.answer(reply),
      (error: unknown) => this.fail(error),
    )
  }

  /** An item of the input. */
  push({ payload }: Envelope, bytes: number): void {
    if (this.isOver) return
    if (!this.isOpen)
      return this.fail(new RpcError('INVALID_ARGUMENT', 'an item behind the end of its stream'))
    const item = payload ?? {}
    if (this.messages) {
      // Known only to be too many when the second has come; what is behind it is of no interest.
      if (this.messages.length < 2) this.messages.push(item)
      return
    }
    const error = this.inflow?.push(item, bytes)
    if (error) this.fail(error)
  }

  /** The end of the input. A Python client sends its metadata here. */
  end({ metadata }: Envelope): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.isOver) return
    if (this.call) {
      if (metadata) addMissing(this.call.metadata, metadata)
      return this.inflow?.end()
    }
    const messages = this.messages!
    if (messages.length > 1)
      return this.fail(new RpcError('UNIMPLEMENTED', 'more than one message where one is due'))
    this.run(messages[0] ?? {})
  }

  /** The client gives the call up: nobody waits for an answer. */
  cancel(reason: RpcError): void {
    if (this.isOver) return
    this.close(reason)
  }

  /** The client has taken some of the output. */
  credit({ payload }: Envelope): void {
    const credit = readCredit(payload)
    if (!credit) return this.fail(new RpcError('INVALID_ARGUMENT', 'credit: items and bytes are due'))
    const error = this.outflow?.credit(credit)
    if (error) this.fail(error)
  }

  tooSlow(): void {
    this.fail(
      new RpcError('RESOURCE_EXHAUSTED', 'the handler takes its items too slowly: others wait for it'),
    )
  }

  /** Answers with a failure, and cancels what still runs. */
  fail(thrown: unknown): void {
    if (this.isOver) return
    const { writer, line } = this.context
    const error = toRpcError(thrown)
    line.send(
      writer.failure(this.isStreaming ? 'stream_end' : 'response', this.label, error, this.trailerText()),
    )
    this.close(error)
  }

  private close(reason: RpcError): void {
    this.isOver = true
    this.inflow?.fail(reason)
    this.outflow?.stop()
    this.call?.lifetime.cancel(reason)
    this.context.ended(this)
  }

  private answer(reply: Reply): void {
    if (this.isOver) return
    try {
      if (isIterable(reply.output)) return void this.answerAll(reply, reply.output)
      const payload = this.textOf(reply.output)
      this.sendHeader(reply.header, false)
      this.done(this.context.writer.response(this.label, payload, this.trailerText(reply)))
    } catch (error) {
      this.fail(error)
    }
  }

  private async answerAll(reply: Reply, output: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
    const { line, settings, writer } = this.context
    const { label } = this
    const { lifetime } = this.call!
    this.sendHeader(reply.header, true)
    this.outflow = new Outflow(line, settings.negotiated)
    const write = (item: unknown): string => {
      const text = writer.push(label, this.textOf(item))
      this.isStreaming = true
      return text
    }
    try {
      const complete = await this.outflow.sendAll(output, write, lifetime)
      if (lifetime.reason) this.fail(lifetime.reason)
      else if (complete && !this.isOver) this.done(writer.end(label, this.trailerText(reply)))
    } catch (error) {
      this.fail(error)
    }
  }

  /** A peer that knows no header gets it with the trailer. */
  private sendHeader(header: Metadata, isStream: boolean): void {
    const { settings, line } = this.context
    if (!settings.negotiated || (header.size === 0 && !isStream)) return
    line.send(headerEnvelope(this.label, writeMetadata(header)))
  }

  private trailerText(reply?: Reply): string {
    if (!reply) return noMetadata
    const { header, trailer } = reply
    if (this.context.settings.negotiated || header.size === 0) return writeMetadata(trailer)
    const all = createMetadata(header)
    addMetadata(all, trailer)
    return writeMetadata(all)
  }

  private textOf(message: unknown): string {
    const stringify = this.description?.compiled.output.stringify
    const text = stringify ? stringify(message) : JSON.stringify(message ?? {})
    const { maxMessageBytes } = this.context.settings
    if (text.length > maxMessageBytes) throw tooLargeError(maxMessageBytes)
    return text
  }

  private done(text: string): void {
    this.isOver = true
    this.context.line.send(text)
    // What the client still sends is in vain.
    this.inflow?.end()
    this.context.ended(this)
  }
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function addMissing(metadata: Metadata, json: NonNullable<Envelope['metadata']>): void {
  for (const [key, value] of readHead(json).metadata ?? []) if (!metadata.has(key)) metadata.set(key, value)
}
