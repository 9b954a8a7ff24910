import { isRpcError } from '../core/errors.ts'
import type { MetadataInit } from '../core/metadata.ts'
import type { Registry } from '../core/registry.ts'
import type { Transport } from '../core/transport.ts'
import { openAnswerOutput } from './answer-output.ts'
import { exchangeMessages, publishMessages, type AnyMethod, type ExchangeContext } from './call-exchange.ts'
import { callFailure } from './call-failure.ts'
import { readInput, type InputChoice } from './call-input.ts'
import { CommandError, failure, oneLine, wrongUsage } from './failure.ts'
import { onInterrupt } from './interruption.ts'
import { parseMethodName, type MethodName } from './method-name.ts'
import type { Terminal } from './terminal.ts'

/** A call as the command line says it. */
export interface CallRequest extends InputChoice {
  readonly url: string
  readonly method: string
  readonly metadata: MetadataInit | undefined
  readonly timeoutMs: number | undefined
  /** Whether it is published, and not answered. */
  readonly event: boolean
  readonly verbose: boolean
}

type AnyClient = Readonly<Record<string, Readonly<Record<string, AnyMethod | undefined>> | undefined>>

/** So long may it take to close a connection in order. */
const closeMs = 2_000

/** What a timer can hold at most. */
const longestMs = 2_147_483_647

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
  // Transports hold no process open while they only wait, as for the time to connect again.
  const awake = setInterval(() => {}, longestMs)
  const options = { signal, ...(metadata && { metadata }), ...(timeoutMs && { timeoutMs }) }
  try {
    const method = methodOf(client as unknown as AnyClient, name)
    await Promise.race([
      run(method, request, { options, output, terminal, verbose }),
      new Promise((resolve) => signal.addEventListener('abort', resolve)),
    ])
  } catch (error) {
    // What fails then fails because of it.
    if (!signal.aborted) throw error
  } finally {
    clearInterval(awake)
    await Promise.race([client.close(), new Promise((resolve) => setTimeout(resolve, closeMs))])
  }
  if (interruption.signal.aborted)
    throw new CommandError('interrupted; the call was cancelled', interruption.exitCode)
}

async function openTransport(registry: Registry, url: string): Promise<Transport> {
  try {
    return await registry.open(url)
  } catch (error) {
    // A TypeError is about what stands in the URL; anything else about what is installed.
    throw error instanceof TypeError ? wrongUsage(oneLine(error)) : failure(oneLine(error), error)
  }
}

function methodOf(client: AnyClient, { service, method }: MethodName): AnyMethod {
  const found = client[service]?.[method]
  // Names that every object has are none of services and methods.
  if (typeof found === 'function' && 'publish' in found) return found
  throw wrongUsage(`there can be no method ${service}.${method}; write service.method, as in users.get_user`)
}

async function run(method: AnyMethod, request: CallRequest, context: ExchangeContext): Promise<void> {
  const input = await readInput(request, context.terminal)
  const { url, event, timeoutMs } = request
  try {
    if (event) await publishMessages(method, input, context)
    else
      await exchangeMessages(method, input, context).catch((error: unknown) => {
        const message = input.lines?.only
        if (!wantsOneMessage(error) || message === undefined) throw error
        return exchangeMessages(method, { message }, context)
      })
  } catch (error) {
    const { lines } = input
    if (lines?.failure && causes(error).includes(lines.failure)) throw lines.failure
    if (!isRpcError(error)) throw failure(oneLine(error), error)
    throw callFailure(error, {
      url,
      isTimed: timeoutMs !== undefined,
      ...(lines && { taken: lines.taken, isEvent: event }),
    })
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
