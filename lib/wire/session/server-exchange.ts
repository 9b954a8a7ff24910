import type { Call, Reply } from '../../core/call.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { isIterable } from '../../core/iterate.ts'
import { takesStream } from '../../core/kind.ts'
import { addMetadata, createMetadata, type Metadata } from '../../core/metadata.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { readHead } from './call-head.ts'
import type { TableEntry } from './call-table.ts'
import type { Envelope } from './envelope.ts'
import { Gathering } from './gathering.ts'
import type { SlowReader } from './holding.ts'
import { Inflow } from './inflow.ts'
import { Outflow } from './outflow.ts'
import { headerText, outputText, trailerText } from './reply-text.ts'
import type { EndedExchange, ServerContext } from './server-context.ts'
import { readCredit } from './window.ts'
import { creditEnvelope, labelOf, noMetadata, type Label } from './write-envelope.ts'

/** How the first envelope of a call opens it: with its one message, or with a stream that follows. */
export type Opening = 'message' | 'stream'

/** One call on its way through the server. A class: one is made for every call. */
export class ServerExchange implements SlowReader, EndedExchange {
  readonly id: string
  next: TableEntry | undefined = undefined
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
  private gathering: Gathering | undefined = undefined
  /** Of single messages, which are held until the call has ended. */
  private heldBytes = 0
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

  /** Begins the call, with an envelope of so many bytes. Throws for what makes no call; `fail` answers it. */
  begin({ payload, metadata }: Envelope, bytes: number): void {
    this.hold(bytes)
    const { metadata: read, timeoutMs } = readHead(metadata)
    this.metadata = read
    if (this.context.metadata) addMetadata((this.metadata ??= createMetadata()), this.context.metadata)
    if (timeoutMs !== undefined) this.deadline = this.context.settings.clock.now() + timeoutMs
    const isUnknown = this.context.describe !== undefined && this.description === undefined
    if (!this.isOpen) return this.run(isUnknown ? undefined : this.inputOf(payload))
    if (isUnknown) return this.run(undefined)
    if (!this.description || takesStream(this.description.kind))
      return this.run((this.inflow = this.openInflow()).items)
    this.gathering = new Gathering(this.context, this.context.settings.clock, (error) => this.fail(error))
  }

  private hold(bytes: number): void {
    const { held } = this.context
    if (!held.add(bytes)) throw held.refusal()
    this.heldBytes += bytes
  }

  private inputOf(payload: unknown): unknown {
    if (!takesStream(this.description?.kind)) return payload ?? {}
    // One array is the stream, whole; null, `{}` or nothing is an empty one.
    if (Array.isArray(payload)) return payload
    return payload === undefined || payload === null || isEmptyObject(payload) ? [] : payload
  }

  private openInflow(): Inflow {
    const { settings, line, holding, held } = this.context
    return new Inflow(
      settings.negotiated
        ? { give: (items, bytes) => line.send(creditEnvelope(this.label, items, bytes)), held }
        : { full: (full) => holding.set(this, full), held },
    )
  }

  private run(input: unknown): void {
    const { invoke, peer, connection } = this.context
    const { id, service, method, metadata, deadline } = this
    const kind = this.description?.kind
    const bytes = this.heldBytes
    this.call = createCall({ service, method, kind, input, metadata, deadline, id, peer, connection, bytes })
    invoke(this.call).then(
      (reply) => this.answer(reply),
      (error: unknown) => this.fail(error),
    )
  }

  /** An item of the input. Throws for what finds no room; `fail` answers it. */
  push({ payload }: Envelope, bytes: number): void {
    if (this.isOver) return
    if (!this.isOpen)
      return this.fail(new RpcError('INVALID_ARGUMENT', 'an item behind the end of its stream'))
    const item = payload ?? {}
    if (this.gathering) return this.gathering.push(item) ? this.hold(bytes) : undefined
    const error = this.inflow?.push(item, bytes)
    if (error) this.fail(error)
  }

  /** The end of the input. A Python client sends its metadata here. Throws as `begin` does. */
  end({ metadata }: Envelope): void {
    if (!this.isOpen) return
    this.isOpen = false
    if (this.isOver) return
    if (this.call) {
      if (metadata) addMissing(this.call.metadata, metadata)
      return this.inflow?.end()
    }
    if (metadata) addMissing((this.metadata ??= createMetadata()), metadata)
    const message = this.gathering!.take()
    this.leaveGathering()
    this.run(message)
  }

  private leaveGathering(): void {
    this.gathering?.leave()
    this.gathering = undefined
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
    if (this.outflow?.credit(credit) !== false) return
    this.fail(new RpcError('INVALID_ARGUMENT', 'credit for more than was sent', { reason: 'CREDIT' }))
  }

  giveUp(reason: RpcError): void {
    this.fail(reason)
  }

  /** Answers with a failure, and cancels what still runs. */
  fail(thrown: unknown): void {
    if (this.isOver) return
    const { writer, line } = this.context
    const error = toRpcError(thrown)
    line.send(writer.failure(this.isStreaming ? 'stream_end' : 'response', this.label, error, noMetadata))
    this.close(error)
  }

  private close(reason: RpcError): void {
    this.isOver = true
    this.inflow?.fail(reason)
    this.outflow?.stop()
    this.call?.lifetime.cancel(reason)
    this.leave()
  }

  private leave(): void {
    this.leaveGathering()
    this.inflow?.drop()
    this.context.held.remove(this.heldBytes)
    this.context.ended(this)
  }

  private answer(reply: Reply): void {
    if (this.isOver) return
    const { context, label, description } = this
    const { writer, settings, line } = context
    const { negotiated, maxMessageBytes } = settings
    try {
      if (isIterable(reply.output)) return void this.answerAll(reply, reply.output)
      const payload = outputText(description, reply.output, maxMessageBytes)
      const text = writer.response(label, payload, trailerText(reply, negotiated))
      const header = headerText(label, reply, false, negotiated)
      if (header !== undefined) line.send(header)
      this.done(text)
    } catch (error) {
      this.fail(error)
    }
  }

  private async answerAll(reply: Reply, output: AsyncIterable<unknown> | Iterable<unknown>): Promise<void> {
    const { context, label, description } = this
    const { line, settings, writer } = context
    const { negotiated, maxMessageBytes } = settings
    const { lifetime } = this.call!
    const write = (item: unknown): string => {
      const text = writer.push(label, outputText(description, item, maxMessageBytes))
      this.isStreaming = true
      return text
    }
    try {
      const header = headerText(label, reply, true, negotiated)
      if (header !== undefined) line.send(header)
      this.outflow = new Outflow(line, negotiated)
      const complete = await this.outflow.sendAll(output, write, lifetime)
      if (lifetime.reason) this.fail(lifetime.reason)
      else if (complete && !this.isOver) this.done(writer.end(label, trailerText(reply, negotiated)))
    } catch (error) {
      this.fail(error)
    }
  }

  private done(text: string): void {
    this.isOver = true
    this.context.line.send(text)
    // What the client still sends is in vain.
    this.inflow?.end()
    this.leave()
  }
}

function isEmptyObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function addMissing(metadata: Metadata, json: NonNullable<Envelope['metadata']>): void {
  for (const [key, value] of readHead(json).metadata ?? []) if (!metadata.has(key)) metadata.set(key, value)
}
