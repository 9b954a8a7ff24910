import type { CallOptions, ServerStreamCall } from '../client/signature.ts'
import type { Metadata } from '../core/metadata.ts'
import type { AnswerOutput } from './answer-output.ts'
import { countsText, startCounter } from './call-counter.ts'
import type { CallInput } from './call-input.ts'
import type { Terminal } from './terminal.ts'

/** A method of a client that knows no contract: its calls are iterated, whatever they are answered with. */
export interface AnyMethod {
  (input: unknown, options: CallOptions): ServerStreamCall<unknown>
  publish(payload: unknown, options: CallOptions): Promise<void>
}

/** What stands around a call. */
export interface ExchangeContext {
  readonly options: CallOptions
  readonly output: AnswerOutput
  readonly terminal: Terminal
  /** Whether header, trailer and times are told. */
  readonly verbose: boolean
}

/** Sends what there is and writes every answer as it comes, no faster than it is read. */
export async function exchangeMessages(
  method: AnyMethod,
  { message, lines }: CallInput,
  { options, output, terminal, verbose }: ExchangeContext,
): Promise<void> {
  const begun = performance.now()
  let received = 0
  let firstMs = 0
  const counts = (): { sent: number | undefined; received: number } => ({ sent: lines?.taken, received })
  // Awaited it would be one message within 30 s; iterated it may be either, and takes the time that it takes.
  const call = method(lines ? lines.items : message, options)
  const counter = startCounter(counts)
  const tell = (line: string): void => {
    counter.clear()
    if (verbose) terminal.warn(line)
  }
  const tellAll = (what: string, metadata: Metadata): void => {
    for (const [key, value] of metadata) tell(`${what} ${key}: ${value}`)
  }
  if (verbose)
    call.header.then(
      (header) => tellAll('header', header),
      () => {},
    )
  try {
    for await (const answer of call) {
      if (received++ === 0) firstMs = performance.now() - begun
      if (output.isTerminal) counter.clear()
      await output.write(answer)
    }
    if (verbose) tellAll('trailer', await call.trailer)
  } finally {
    counter.stop()
    const first = received === 0 ? '' : `, the first after ${firstMs.toFixed(1)} ms`
    tell(`${countsText(counts())} in ${(performance.now() - begun).toFixed(1)} ms${first}`)
  }
}

/** Publishes every message, one behind the other: each is in safe hands before the next leaves. */
export async function publishMessages(
  method: AnyMethod,
  { message, lines }: CallInput,
  { options, terminal, verbose }: ExchangeContext,
): Promise<void> {
  const begun = performance.now()
  let sent = 0
  const counter = startCounter(() => ({ sent, received: undefined }))
  try {
    for await (const payload of lines ? lines.items : [message]) {
      await method.publish(payload, options)
      sent++
    }
  } finally {
    counter.stop()
    if (verbose) terminal.warn(`${countsText({ sent })} in ${(performance.now() - begun).toFixed(1)} ms`)
  }
}
