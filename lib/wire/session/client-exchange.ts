import type { Call, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { givesStream } from '../../core/kind.ts'
import { createMetadata, type Metadata } from '../../core/metadata.ts'
import type { TableEntry } from './call-table.ts'
import { addReplyMetadata, failureOf, type Envelope } from './envelope.ts'
import type { Holding, SlowReader } from './holding.ts'
import { Inflow } from './inflow.ts'
import type { Line } from './line.ts'
import { Outflow } from './outflow.ts'
import type { SessionSettings } from './port.ts'
import { readCredit } from './window.ts'
import {
  cancelEnvelope,
  creditEnvelope,
  noMetadata,
  writeMessage,
  writeMetadata,
  type EnvelopeWriter,
  type Label,
} from './write-envelope.ts'

/** What all calls of a client's session share. */
export interface ClientContext {
  readonly settings: SessionSettings
  readonly writer: EnvelopeWriter
  readonly line: Line
  readonly holding: Holding | undefined
  /** Nothing more is expected for this call. */
  ended(exchange: ClientExchange): void
}

/** Where the reply goes, or the failure before it. */
export interface Settle {
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: RpcError) => void
}

/** One call on its way to a server and back. A class: one is made for every call. */
export class ClientExchange implements SlowReader, TableEntry {
  readonly id: string
  next: TableEntry | undefined = undefined
  private readonly context: ClientContext
  private readonly call: Call
  private readonly label: Label
  private readonly stringify: (message: unknown) => string
  private readonly settle: Settle
  private inflow: Inflow | undefined = undefined
  private outflow: Outflow | undefined = undefined
  private header: Metadata | undefined = undefined
  private trailer: Metadata | undefined = undefined
  private isOver = false

  constructor(
    context: ClientContext,
    call: Call,
    { id, label, stringify }: { id: string; label: Label; stringify: (message: unknown) => string },
    settle: Settle,
  ) {
    this.id = id
    this.context = context
    this.call = call
    this.label = label
    this.stringify = stringify
    this.settle = settle
  }

  /** Sends the input. */
  begin(): void {
    const { call, label } = this
    const { writer, line, settings } = this.context
    const { lifetime } = call
    if (lifetime.reason) return this.fail(lifetime.reason)
    try {
      const { deadline } = call
      const metadata = writeMetadata(
        call.metadata,
        deadline === undefined ? undefined : deadline - settings.clock.now(),
      )
      if (isIterable(call.input)) void this.sendAll(call.input, metadata)
      else line.send(writer.request(label, this.textOf(call.input), metadata))
    } catch (error) {
      return this.fail(toRpcError(error))
    }
    lifetime.onCancel((reason) => this.giveUp(reason))
  }

  private async sendAll(input: AsyncIterable<unknown> | Iterable<unknown>, metadata: string): Promise<void> {
    const { context, label } = this
    const { writer, line, settings } = context
    const { negotiated } = settings
    this.outflow = new Outflow(line, negotiated)
    if (negotiated) line.send(writer.open(label, metadata))
    // To a peer without `open` the first item opens the call.
    let first = negotiated ? undefined : metadata
    const write = (item: unknown): string => {
      const text = writer.push(label, this.textOf(item), first)
      first = undefined
      return text
    }
    try {
      const complete = await this.outflow.sendAll(input, write, this.call.lifetime)
      // Python reads the metadata of a stream here.
      if (complete) line.send(writer.end(label, negotiated ? noMetadata : metadata))
    } catch (error) {
      this.giveUp(toRpcError(error))
    }
  }

  private textOf(message: unknown): string {
    if (message === undefined) return 'null'
    return writeMessage(this.stringify, message, this.context.settings.maxMessageBytes)
  }

  receive(envelope: Envelope, bytes: number): void {
    if (this.isOver) return
    switch (envelope.type) {
      case 'response':
        return this.answer(envelope)
      case 'header':
        return this.begins(envelope)
      case 'stream_push':
        return this.item(envelope, bytes)
      case 'stream_end':
        return this.ends(envelope)
      case 'credit':
        // From a peer that agreed on it only.
        return this.context.settings.negotiated ? this.credit(envelope) : undefined
      default:
        return
    }
  }

  private answer(envelope: Envelope): void {
    const failure = failureOf(envelope)
    addReplyMetadata((this.trailer ??= createMetadata()), envelope.metadata)
    if (failure) return this.fail(failure)
    const { kind } = this.call
    const { payload } = envelope
    if (this.inflow) {
      this.inflow.push(payload ?? {}, 0)
      return this.complete()
    }
    this.over()
    // A broker's Python server answers a stream by one array.
    const output = kind !== undefined && givesStream(kind) ? listOf(payload) : (payload ?? {})
    this.settle.resolve(this.replyWith(output))
  }

  private begins({ metadata }: Envelope): void {
    this.header = createMetadata()
    addReplyMetadata(this.header, metadata)
    const { kind } = this.call
    if (kind === undefined || givesStream(kind)) this.openInflow()
  }

  private item({ payload }: Envelope, bytes: number): void {
    const error = this.openInflow().push(payload ?? {}, bytes)
    if (error) this.giveUp(error)
  }

  private ends(envelope: Envelope): void {
    addReplyMetadata((this.trailer ??= createMetadata()), envelope.metadata)
    const failure = failureOf(envelope)
    if (failure) return this.fail(failure)
    this.openInflow()
    this.complete()
  }

  private credit({ payload }: Envelope): void {
    const credit = readCredit(payload)
    if (!credit) this.giveUp(new RpcError('INTERNAL', 'the server gave credit without items and bytes'))
    else if (this.outflow?.credit(credit) === false)
      this.giveUp(new RpcError('INTERNAL', 'the server gave credit for more than was sent'))
  }

  private openInflow(): Inflow {
    if (this.inflow) return this.inflow
    const { settings, line, holding } = this.context
    this.inflow = new Inflow(
      settings.negotiated
        ? { give: (items, bytes) => line.send(creditEnvelope(this.label, items, bytes)) }
        : { full: (full) => holding?.set(this, full) },
    )
    this.settle.resolve(this.replyWith(this.inflow.items))
    return this.inflow
  }

  private replyWith(output: unknown): Reply {
    this.header ??= createMetadata()
    this.trailer ??= createMetadata()
    return { output, header: this.header, trailer: this.trailer }
  }

  private complete(): void {
    this.over()
    this.inflow!.end()
  }

  tooSlow(): void {
    this.giveUp(new RpcError('RESOURCE_EXHAUSTED', 'items are taken too slowly: other calls wait for it'))
  }

  /** The call fails on this side: the server has nothing more to do for it. */
  giveUp(reason: RpcError): void {
    if (this.isOver) return
    if (this.context.settings.negotiated) this.context.line.send(cancelEnvelope(this.label))
    this.fail(reason)
  }

  /** The call has failed, wherever. */
  fail(error: RpcError): void {
    if (this.isOver) return
    this.over()
    if (this.inflow) this.inflow.fail(error)
    else this.settle.reject(error)
  }

  private over(): void {
    this.isOver = true
    this.outflow?.stop()
    this.context.ended(this)
  }
}

function listOf(payload: unknown): readonly unknown[] {
  if (Array.isArray(payload)) return payload
  return payload === undefined || payload === null ? [] : [payload]
}
