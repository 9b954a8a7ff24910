import { RpcError } from '../../core/errors.ts'
import type { Description } from '../../core/transport.ts'

/** A message that failed for good, as it lies at its broker. */
export interface DeadLetter {
  /** By which it is chosen among those of its queue or topic. */
  readonly id: string
  /** Why it is one; undefined where no header says so. */
  readonly error: DeadLetterError | undefined
  /** How often it was handled, as far as it says. */
  readonly attempts: number | undefined
  /** When it failed, in ms since the epoch, as far as it says. */
  readonly failedAt: number | undefined
  /** Where it was sent first, in the broker's words, as far as it says. */
  readonly sentTo: Readonly<Record<string, string | number>>
  /** Its value; undefined where it lies there without one. */
  readonly content: Uint8Array | undefined
  /** Whether it was sent back before, and is there all the same. */
  readonly isReplayed: boolean
}

/** Why a message is a dead letter. */
export interface DeadLetterError {
  readonly code: string
  readonly message: string
  readonly reason?: string
  readonly details?: unknown
}

/** The dead letters of a broker. */
export interface DeadLetters {
  /** Where the broker is, for people: without its password. */
  readonly address: string
  /** Their queues or topics: those of an app, whether they are there or not; without one all that are there, undefined where the broker cannot say. Rejects with an RpcError. */
  names(app: Description | undefined): Promise<readonly string[] | undefined>
  /** Opens a queue or a topic of them, to be looked through from its oldest. Rejects with an RpcError: NOT_FOUND where it is not there. */
  open(name: string, options?: OpenOptions): Promise<DeadLetterQueue>
  /** Ends the connection. Never rejects. */
  close(): Promise<void>
}

/** How dead letters are looked through. */
export interface OpenOptions {
  /** They are to be sent back: what that takes is there, or `open` rejects. */
  readonly forReplay?: boolean
  /** Those that were sent back before come as well, where they are still there. */
  readonly fromStart?: boolean
  /** So many are asked for at most: others are not touched, where that is to be had. */
  readonly limit?: number
}

/** One queue or topic of dead letters, as it was when it was opened. */
export interface DeadLetterQueue {
  readonly name: string
  /** How many there are, at most. */
  readonly count: number
  /** Where they go back to. */
  readonly origin: string
  /** The next one, the oldest first; undefined behind the last that was there when it was opened. Rejects with an RpcError. */
  next(): Promise<DeadLetter | undefined>
  /**
   * Sends some back, as if they had never been handled, and takes them out, or remembers it where nothing can be taken out. Resolves with
   * what each of them failed with, undefined for those that went: what failed is still here. None is lost; one may go twice where
   * the connection ends in the midst of it.
   */
  replay(letters: readonly DeadLetter[]): Promise<readonly (RpcError | undefined)[]>
  /** Puts back what is in hand. Never rejects: without a connection the broker does it. */
  close(): Promise<void>
}

const end = '.dead'

/** The queue or topic of dead letters of another one; of one of dead letters it is that one. */
export function deadNameOf(name: string): string {
  return name.endsWith(end) ? name : `${name}${end}`
}

/** Whether a queue or topic is called as one of dead letters. */
export function isDeadName(name: string): boolean {
  return name.endsWith(end) && name.length > end.length
}

/** What a queue or topic of dead letters is called after. */
export function originOf(deadName: string): string {
  return deadName.slice(0, -end.length)
}

/** Why nothing can be sent back. */
export function originIsGone(what: 'queue' | 'topic', origin: string, address: string): RpcError {
  const text = `${address} has no ${what} ${JSON.stringify(origin)} any more, where they came from: start a server of it, which makes it`
  return new RpcError('FAILED_PRECONDITION', text)
}

/** Reads the header of a failure. What is none of ours is an UNKNOWN one with its text; undefined without a header. */
export function readDeadError(header: unknown): DeadLetterError | undefined {
  if (header === undefined || header === null) return undefined
  const text = typeof header === 'string' ? header : (JSON.stringify(header) ?? '')
  const { code, message, reason, details } = objectOf(text)
  if (typeof code !== 'string' || typeof message !== 'string') return { code: 'UNKNOWN', message: text }
  return {
    code,
    message,
    ...(typeof reason === 'string' && { reason }),
    ...(details !== undefined && { details }),
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>
  } catch {
    return {}
  }
}

/** What a date can hold, in ms. */
const latest = 8_640_000_000_000_000

/** Reads a time in ms since the epoch; undefined for what is none. */
export function readTime(value: unknown): number | undefined {
  return typeof value === 'number' && value > 0 && value <= latest ? value : undefined
}
