import { isRpcError } from '../core/errors.ts'
import type { MetadataInit } from '../core/metadata.ts'
import { openAnswerOutput } from './answer-output.ts'
import type { AskedClient } from './ask-server.ts'
import { askAboutMethod, type CalledMethod } from './call-description.ts'
import { exchangeMessages, publishMessages, type AnyMethod, type ExchangeContext } from './call-exchange.ts'
import { callFailure } from './call-failure.ts'
import { readInput, type AskMethod, type InputChoice } from './call-input.ts'
import { CommandError, failure, oneLine, wrongUsage } from './failure.ts'
import { onInterrupt } from './interruption.ts'
import { parseMethodName, type MethodName } from './method-name.ts'
import { openTransport } from './open-transport.ts'
import type { Terminal } from './terminal.ts'
import { closeSoon, whileAwake } from './while-awake.ts'

/** A call as the command line says it. */
export interface CallRequest extends InputChoice {
  readonly url: string
  readonly method: string
  readonly metadata: MetadataInit | undefined
  readonly timeoutMs: number | undefined
  /** Whether it is published, and not answered. */
  readonly event: boolean
  /** Whether the server is asked what the method takes, and that is checked. */
  readonly check: boolean
  readonly verbose: boolean
}

type AnyClient = Readonly<Record<string, Readonly<Record<string, AnyMethod | undefined>> | undefined>>

/**
 * Makes a call: messages from the command line or stdin, answers to stdout. Throws a CommandError where it fails, and where
 * a signal interrupts it; a reader that has gone is no failure.
 */
export async function makeCall(request: CallRequest, terminal: Terminal): Promise<void> {
  const name = parseMethodName(request.method)
  const interruption = onInterrupt()
  const output = openAnswerOutput()
  const signal = AbortSignal.any([interruption.signal, output.closed])
  // oxlint-disable-next-line folders/one-way -- the transports by their schemes stand together there and nowhere else
  const { createClient, registry } = await import('../index.ts')
  // Not tried again: who types it would wait for what curl says at once.
  const client = createClient(await openTransport(registry, request.url), { retry: false })
  const { metadata, timeoutMs, verbose } = request
  const options = { signal, ...(metadata && { metadata }), ...(timeoutMs && { timeoutMs }) }
  try {
    const method = methodOf(client as unknown as AnyClient, name)
    const ask = (): Promise<CalledMethod | undefined> =>
      request.check
        ? askAboutMethod(client as unknown as AskedClient, name, { ...options, url: request.url })
        : Promise.resolve(undefined)
    await whileAwake(() =>
      Promise.race([
        run({ method, ask }, request, { options, output, terminal, verbose }),
        new Promise((resolve) => signal.addEventListener('abort', resolve)),
      ]),
    )
  } catch (error) {
    // What fails then fails because of it.
    if (!signal.aborted) throw error
  } finally {
    await closeSoon(client)
  }
  if (interruption.signal.aborted)
    throw new CommandError('interrupted; the call was cancelled', interruption.exitCode)
}

function methodOf(client: AnyClient, { service, method }: MethodName): AnyMethod {
  const found = client[service]?.[method]
  // Names that every object has are none of services and methods.
  if (typeof found === 'function' && 'publish' in found) return found
  throw wrongUsage(`there can be no method ${service}.${method}; write service.method, as in users.get_user`)
}

/** A method of a client, and what its server says of it. */
interface Called {
  readonly method: AnyMethod
  readonly ask: AskMethod
}

async function run({ method, ask }: Called, request: CallRequest, context: ExchangeContext): Promise<void> {
  const { url, timeoutMs } = request
  const facts = { url, isTimed: timeoutMs !== undefined }
  let known: CalledMethod | undefined
  let askedMs = 0
  const askTimed = async (): Promise<CalledMethod | undefined> => {
    const begun = performance.now()
    known = await ask().catch((error: unknown) => {
      throw isRpcError(error) ? callFailure(error, facts) : error
    })
    askedMs = performance.now() - begun
    return known
  }
  const input = await readInput(request, askTimed, context.terminal)
  const isEvent = request.event || known?.kind === 'event'
  if (request.event && known && known.kind !== 'event')
    throw wrongUsage(`${request.method} is no event; leave --event out`)
  // Who limits the time means all of it.
  const left = timeoutMs && { timeoutMs: Math.max(1, timeoutMs - askedMs) }
  const timed = { ...context, options: { ...context.options, ...left } }
  try {
    if (isEvent) await publishMessages(method, input, timed)
    else
      await exchangeMessages(method, input, timed).catch((error: unknown) => {
        const message = input.lines?.only
        if (!wantsOneMessage(error) || message === undefined) throw error
        return exchangeMessages(method, { message }, timed)
      })
  } catch (error) {
    const { lines } = input
    if (lines?.failure && causes(error).includes(lines.failure)) throw lines.failure
    if (!isRpcError(error)) throw failure(oneLine(error), error)
    throw callFailure(error, { ...facts, ...(lines && { taken: lines.taken, isEvent }) })
  }
}

/**
 * Whether a method that takes one message was sent a stream, and refused it before anything of it ran: over HTTP a stream is
 * an array, and no method's message is one.
 */
function wantsOneMessage(error: unknown): boolean {
  if (!isRpcError(error, 'VALIDATION')) return false
  const { pointer, keyword } = Object(error.details) as {
    readonly pointer?: unknown
    readonly keyword?: unknown
  }
  return pointer === '' && keyword === 'type'
}

function causes(error: unknown): readonly unknown[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [error]
}
