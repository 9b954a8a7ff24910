import type { Call, Reply } from '../../core/call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { givesStream } from '../../core/kind.ts'
import { createMetadata } from '../../core/metadata.ts'
import type { TableEntry } from './call-table.ts'
import type { Lookup } from '../../core/transport.ts'
import { addReplyMetadata, failureOf } from '../envelope.ts'
import type { Envelope } from './envelope.ts'
import type { Holding, SlowReader } from './holding.ts'
import { Inflow } from './inflow.ts'
import type { Line } from './line.ts'
import { Outflow } from './outflow.ts'
import type { SessionSettings } from './port.ts'
import { readCredit } from './window.ts'
import {
  cancelEnvelope,
  creditEnvelope,
  labelOf,
  noMetadata,
  writeMessage,
  writeMetadata,
  type EnvelopeWriter,
  type Label,
} from './write-envelope.ts'

/** What all calls of a client's session share. */
export interface ClientContext {
  readonly lookup: Lookup | undefined
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
  readonly #context: ClientContext
  readonly #call: Call
  readonly #label: Label
  readonly #stringify: (message: unknown) => string
  readonly #settle: Settle
  readonly #header = createMetadata()
  readonly #trailer = createMetadata()
  #inflow: Inflow | undefined = undefined
  #outflow: Outflow | undefined = undefined
  #isOver = false

  constructor(context: ClientContext, call: Call, id: string, settle: Settle) {
    const { service, method } = call
    this.id = id
    this.#context = context
    this.#call = call
    this.#label = labelOf(service, method, id)
    this.#stringify = context.lookup?.find(service, method)?.compiled.input.stringify ?? JSON.stringify
    this.#settle = settle
  }

  /** Sends the input. */
  begin(): void {
    const call = this.#call
    const label = this.#label
    const { writer, line, settings } = this.#context
    const { lifetime } = call
    if (lifetime.reason) return this.fail(lifetime.reason)
    try {
      const { deadline } = call
      const metadata = writeMetadata(
        call.metadata,
        deadline === undefined ? undefined : deadline - settings.clock.now(),
      )
      if (isIterable(call.input)) void this.#sendAll(call.input, metadata)
      else line.send(writer.request(label, this.#textOf(call.input), metadata))
    } catch (error) {
      return this.fail(toRpcError(error))
    }
    lifetime.onCancel((reason) => this.giveUp(reason))
  }

  async #sendAll(input: AsyncIterable<unknown> | Iterable<unknown>, metadata: string): Promise<void> {
    const label = this.#label
    const { writer, line, settings } = this.#context
    const { negotiated } = settings
    this.#outflow = new Outflow(line, negotiated)
    if (negotiated) line.send(writer.open(label, metadata))
    // To a peer without `open` the first item opens the call.
    let first = negotiated ? undefined : metadata
    const write = (item: unknown): string => {
      const text = writer.push(label, this.#textOf(item), first)
      first = undefined
      return text
    }
    try {
      const complete = await this.#outflow.sendAll(input, write, this.#call.lifetime)
      // Python reads the metadata of a stream here.
      if (complete) line.send(writer.end(label, negotiated ? noMetadata : metadata))
    } catch (error) {
      this.giveUp(toRpcError(error))
    }
  }

  #textOf(message: unknown): string {
    if (message === undefined) return 'null'
    return writeMessage(this.#stringify, message, this.#context.settings.maxMessageBytes)
  }

  receive(envelope: Envelope, bytes: number): void {
    if (this.#isOver) return
    switch (envelope.type) {
      case 'header':
        return this.#begins(envelope)
      case 'stream_push':
        return this.#item(envelope, bytes)
      case 'response':
      case 'stream_end':
        return this.#ends(envelope)
      case 'credit':
        // From a peer that agreed on it only.
        return this.#context.settings.negotiated ? this.#credit(envelope) : undefined
      default:
        return
    }
  }

  #begins({ metadata }: Envelope): void {
    addReplyMetadata(this.#header, metadata)
    const { kind } = this.#call
    if (kind === undefined || givesStream(kind)) this.#openInflow()
  }

  #item({ payload }: Envelope, bytes: number): void {
    const error = this.#openInflow().push(payload ?? {}, bytes)
    if (error) this.giveUp(error)
  }

  #ends(envelope: Envelope): void {
    const { type, payload, metadata } = envelope
    addReplyMetadata(this.#trailer, metadata)
    const failure = failureOf(envelope)
    if (failure) return this.fail(failure)
    if (type === 'stream_end') this.#openInflow()
    else this.#inflow?.push(payload ?? {}, 0)
    this.#over()
    if (this.#inflow) return this.#inflow.end()
    const { kind } = this.#call
    // A broker's Python server answers a stream by one array.
    this.#reply(kind !== undefined && givesStream(kind) ? listOf(payload) : (payload ?? {}))
  }

  #credit({ payload }: Envelope): void {
    const credit = readCredit(payload)
    if (!credit || this.#outflow?.credit(credit) === false)
      this.giveUp(new RpcError('INTERNAL', 'the server gave credit that is none, or for more than was sent'))
  }

  #openInflow(): Inflow {
    if (this.#inflow) return this.#inflow
    const { settings, line, holding } = this.#context
    this.#inflow = new Inflow(
      settings.negotiated
        ? { give: (items, bytes) => line.send(creditEnvelope(this.#label, items, bytes)) }
        : { full: (full) => holding?.set(this, full) },
    )
    this.#reply(this.#inflow.items)
    return this.#inflow
  }

  #reply(output: unknown): void {
    this.#settle.resolve({ output, header: this.#header, trailer: this.#trailer })
  }

  /** The call fails on this side: the server has nothing more to do for it. */
  giveUp(reason: RpcError): void {
    if (this.#isOver) return
    if (this.#context.settings.negotiated) this.#context.line.send(cancelEnvelope(this.#label))
    this.fail(reason)
  }

  /** The call has failed, wherever. */
  fail(error: RpcError): void {
    if (this.#isOver) return
    this.#over()
    if (this.#inflow) this.#inflow.fail(error)
    else this.#settle.reject(error)
  }

  #over(): void {
    this.#isOver = true
    this.#outflow?.stop()
    this.#context.ended(this)
  }
}

function listOf(payload: unknown): readonly unknown[] {
  if (Array.isArray(payload)) return payload
  return payload === undefined || payload === null ? [] : [payload]
}
