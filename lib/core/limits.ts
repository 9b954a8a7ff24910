/** Limits that hold on every transport. Each can be set in `createApp({ limits })`; transports have their own beside them. */
export interface Limits {
  /** Metadata entries a call may bring: 100. */
  readonly maxMetadataEntries: number
  /** Bytes of all metadata of a call: 16 KiB. */
  readonly maxMetadataBytes: number
  /** Handlers that run at once for one connection: 100. */
  readonly maxRunningPerConnection: number
  /** Handlers that run at once in all: 1,000. */
  readonly maxRunning: number
  /** Calls that wait their turn for one connection: 1,000. One more is RESOURCE_EXHAUSTED. */
  readonly maxWaitingPerConnection: number
  /** Bytes of the messages of those that wait, for one connection: 1 MiB. Past that a call is RESOURCE_EXHAUSTED. */
  readonly maxWaitingBytesPerConnection: number
  /** The longest that a unary call may take whatever its caller says, in ms: 300,000. Streams have no such cap. */
  readonly maxCallMs: number
}

/** The defaults; see docs/limits.md. */
export const defaultLimits: Limits = {
  maxMetadataEntries: 100,
  maxMetadataBytes: 16_384,
  maxRunningPerConnection: 100,
  maxRunning: 1_000,
  maxWaitingPerConnection: 1_000,
  maxWaitingBytesPerConnection: 1_048_576,
  maxCallMs: 300_000,
}
