/** Frame types, RFC 9113 §6. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

/** Frame flags, RFC 9113 §6; what a bit means depends on the frame's type. */
export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const

/** Settings, RFC 9113 §6.5.2. */
export const settingIds = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const

/** What a client sends first, RFC 9113 §3.4. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Octets of a frame's head. */
export const frameHead = 9
/** The smallest limit that a peer may set for a frame's payload, and the first one; more is never sent in one frame. */
export const leastMaxFrameSize = 16_384
export const greatestMaxFrameSize = 16_777_215
/** The window of a connection, and of streams until SETTINGS say otherwise. */
export const firstWindow = 65_535
/** The largest window, and the last stream id: 2^31 - 1. */
export const greatest31 = 0x7fff_ffff
