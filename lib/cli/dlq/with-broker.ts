import { isRpcError, type RpcError } from '../../core/errors.ts'
import type { Log } from '../../core/log.ts'
import { neverRan } from '../../core/never-ran.ts'
import type { DeadLetters } from '../../wire/broker/dead-letters.ts'
import { CommandError, failure, oneLine, wrongUsage } from '../failure.ts'
import { onInterrupt } from '../interruption.ts'
import { closeSoon, whileAwake } from '../while-awake.ts'
import { withoutPassword } from '../without-password.ts'
import { shown } from './shown.ts'

/** What opens the dead letters of each scheme, loaded when it is asked for. */
const openers = new Map([
  ['amqp', async () => (await import('../../transports/amqp/dead-letters.ts')).openDeadLetters],
  [
    'kafka',
    async () => (await import('../../transports/kafka/dead-letters/dead-letters.ts')).openDeadLetters,
  ],
])

/** What is worth a word is what a command fails with. */
const silent: Log = { error: () => {}, warn: () => {}, info: () => {} }

/** Whether a URL's broker is RabbitMQ. */
export function isRabbitMq(url: string): boolean {
  return /^amqps?:/i.test(url)
}

/**
 * Does something with the dead letters of a broker, until it is done or Ctrl-C comes, which `work` hears by its signal. Throws a CommandError
 * for what fails; `interrupted` says how far it came.
 */
export async function withBroker(
  url: string,
  work: (letters: DeadLetters, signal: AbortSignal) => Promise<void>,
  interrupted: () => string = () => 'interrupted',
): Promise<void> {
  const load = openers.get(/^([a-z]+?)s?:\/\//i.exec(url)?.[1]?.toLowerCase() ?? '')
  if (!load)
    throw wrongUsage(
      `${withoutPassword(url)} is no URL of RabbitMQ or Kafka, which alone have dead letters; write amqp://host or kafka://host:9092`,
    )
  const interruption = onInterrupt()
  const { signal } = interruption
  await whileAwake(async () => {
    try {
      const letters = await unlessAborted(signal, open(await load(), url))
      if (!letters) return
      try {
        await work(letters, signal)
      } finally {
        await closeSoon(letters)
      }
    } catch (error) {
      throw isRpcError(error) ? brokerFailure(error) : error
    }
  })
  if (signal.aborted) throw new CommandError(interrupted(), interruption.exitCode)
}

/** A failure of a broker in one line, with the way out. */
export function brokerFailure(error: RpcError): CommandError {
  const { code, message } = error
  const out =
    code === 'UNAVAILABLE' && neverRan(error) ? '; is the broker running, and is that its address?' : ''
  return failure(shown(`${code}: ${message}${out}`), error)
}

async function open(
  openDeadLetters: (url: string, log: Log) => Promise<DeadLetters>,
  url: string,
): Promise<DeadLetters> {
  try {
    return await openDeadLetters(url, silent)
  } catch (error) {
    // A TypeError is about what stands in the URL; anything else about the broker, or what is installed.
    if (error instanceof TypeError) throw wrongUsage(oneLine(error))
    throw isRpcError(error) ? error : failure(oneLine(error), error)
  }
}

/** What comes of it, or nothing where the signal aborts first. */
export async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T | undefined> {
  // What fails then fails because of it.
  work.catch(() => {})
  if (signal.aborted) return undefined
  const ended = new AbortController()
  const aborted = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined), { signal: ended.signal }),
  )
  try {
    return await Promise.race([work, aborted])
  } finally {
    ended.abort()
  }
}
