import { greatest31, greatestMaxFrameSize, leastMaxFrameSize } from './protocol.ts'

/** Limits and times of a connection. Times are milliseconds, kept to about a second; `Infinity` turns one off. */
export interface Http2Options {
  /** Streams that the peer may have open at once; more are refused (REFUSED_STREAM). 100 by default. */
  readonly maxConcurrentStreams?: number
  /** Octets of a frame's payload that are accepted, 16,384 (the default) to 16,777,215. */
  readonly maxFrameSize?: number
  /** Octets that the peer may send on one stream before they are consumed; 1 MiB by default. */
  readonly streamWindow?: number
  /** The same for all streams together, which is also the most that a connection ever holds; 4 MiB by default. */
  readonly connectionWindow?: number
  /** Octets of the table that the peer may compress its headers with; 4,096 by default. */
  readonly headerTableSize?: number
  /** Octets of a header list, 32 more for each field (RFC 9113 §6.5.2); 16 KiB by default. A larger one ends its stream. */
  readonly maxHeaderListSize?: number
  /** Fields of a header list; 128 by default. */
  readonly maxHeaderFields?: number
  /** Frames that one header list may be cut into; 32 by default. */
  readonly maxContinuations?: number
  /** Until the peer's preface and first SETTINGS; 10 s by default. */
  readonly handshakeTimeoutMs?: number
  /** Until our SETTINGS are acknowledged; 10 s by default. */
  readonly settingsTimeoutMs?: number
  /** Until a header list that has begun is complete; 10 s by default. */
  readonly headersTimeoutMs?: number
  /** A connection without streams is closed after this; 5 minutes by default for a server, never for a client. */
  readonly idleTimeoutMs?: number
  /** A PING is sent when nothing was heard for so long while streams are open; off by default. */
  readonly keepAliveMs?: number
  /** Until the answer to such a PING; 20 s by default. Without one the connection is lost. */
  readonly keepAliveTimeoutMs?: number
  /** Whether a connection without streams is pinged too; no by default. */
  readonly keepAliveIdle?: boolean
  /** A stream whose data the peer has not taken for so long is ended (CANCEL); 60 s by default. */
  readonly stallTimeoutMs?: number
  /** The peer's PINGs may not come more often while nothing is sent to it; the third too early one ends the connection. Off (0) by default. */
  readonly minPingIntervalMs?: number
  /** Streams that may wait on a client for the peer's maxConcurrentStreams; 10,000 by default. */
  readonly maxWaitingStreams?: number
  /** Takes line breaks in values, which RFC 9113 §8.2.1 forbids, from peers that are known to send some; no by default. */
  readonly lineBreaksInValues?: boolean
  /** Frames of a kind that cost the peer nothing, in 10 s, beyond what its real work earns. */
  readonly floods?: Partial<FloodLimits>
}

/** How many frames of a kind are taken in 10 s before the connection is ended with ENHANCE_YOUR_CALM. */
export interface FloodLimits {
  /** Streams reset by the peer, or by us for its mistakes, beyond those that ended in good order; 200 by default. */
  readonly resets: number
  /** PINGs beyond the DATA frames that came; 200 by default. */
  readonly pings: number
  /** SETTINGS; 100 by default. */
  readonly settings: number
  /** DATA without content, frames of unknown types, interim responses, headers on streams that were reset; 1,000 by default. */
  readonly empties: number
  /** PRIORITY frames; 1,000 by default. */
  readonly priorities: number
  /** WINDOW_UPDATEs beyond one for every 64 octets of DATA that were sent; 1,000 by default. */
  readonly windowUpdates: number
}

/** Options with nothing left open. */
export type Http2Settings = Required<Omit<Http2Options, 'floods'>> & { readonly floods: FloodLimits }

const defaults: Http2Settings = {
  maxConcurrentStreams: 100,
  maxFrameSize: leastMaxFrameSize,
  streamWindow: 1024 * 1024,
  connectionWindow: 4 * 1024 * 1024,
  headerTableSize: 4096,
  maxHeaderListSize: 16_384,
  maxHeaderFields: 128,
  maxContinuations: 32,
  handshakeTimeoutMs: 10_000,
  settingsTimeoutMs: 10_000,
  headersTimeoutMs: 10_000,
  idleTimeoutMs: 300_000,
  keepAliveMs: Number.POSITIVE_INFINITY,
  keepAliveTimeoutMs: 20_000,
  keepAliveIdle: false,
  stallTimeoutMs: 60_000,
  minPingIntervalMs: 0,
  maxWaitingStreams: 10_000,
  lineBreaksInValues: false,
  floods: { resets: 200, pings: 200, settings: 100, empties: 1_000, priorities: 1_000, windowUpdates: 1_000 },
}

/** Where a value must lie, for what goes on the wire. */
const ranges: Partial<Record<keyof Http2Settings, readonly [least: number, most: number]>> = {
  maxConcurrentStreams: [0, greatest31],
  maxFrameSize: [leastMaxFrameSize, greatestMaxFrameSize],
  streamWindow: [0, greatest31],
  connectionWindow: [65_535, greatest31],
  headerTableSize: [0, 65_536],
  maxHeaderListSize: [0, greatest31],
}

/** Fills in the defaults; throws a RangeError that names an option out of its range. */
export function settingsOf(role: 'server' | 'client', options: Http2Options = {}): Http2Settings {
  const idleTimeoutMs = role === 'server' ? defaults.idleTimeoutMs : Number.POSITIVE_INFINITY
  return changedSettings({ ...defaults, idleTimeoutMs }, options)
}

/** Settings with some of them changed; what is undefined stays as it was. */
export function changedSettings(before: Http2Settings, changes: Http2Options): Http2Settings {
  const settings = {
    ...before,
    ...defined(changes),
    floods: { ...before.floods, ...defined(changes.floods ?? {}) },
  }
  const { floods, keepAliveIdle, lineBreaksInValues, ...numbers } = settings
  for (const [name, value] of Object.entries({ keepAliveIdle, lineBreaksInValues }))
    if (typeof value !== 'boolean')
      throw new RangeError(`http2: ${name} is ${String(value)}; it must be true or false`)
  for (const [name, value] of Object.entries(numbers)) checkRange(name, value, !name.endsWith('Ms'))
  for (const [name, value] of Object.entries(floods)) checkRange(`floods.${name}`, value, true)
  return settings
}

function defined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>
}

function checkRange(name: string, value: number, whole: boolean): void {
  const [least, most] = ranges[name as keyof Http2Settings] ?? [0, Number.POSITIVE_INFINITY]
  // A count may be without limit, too.
  const fits =
    typeof value === 'number' && (!whole || value === Number.POSITIVE_INFINITY || Number.isInteger(value))
  if (fits && value >= least && value <= most) return
  throw new RangeError(
    `http2: ${name} is ${value}; it must be ${whole ? 'whole and ' : ''}from ${least} to ${most}`,
  )
}
