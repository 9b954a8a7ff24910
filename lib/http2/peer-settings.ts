import { connectionError } from './error.ts'
import { firstWindow, greatest31, greatestMaxFrameSize, leastMaxFrameSize, settingIds } from './protocol.ts'

/** What the peer has announced, RFC 9113 §6.5.2. */
export interface PeerSettings {
  headerTableSize: number
  maxConcurrentStreams: number
  initialWindowSize: number
  maxFrameSize: number
  maxHeaderListSize: number
}

/** What holds until SETTINGS say otherwise. */
export function firstPeerSettings(): PeerSettings {
  return {
    headerTableSize: 4096,
    maxConcurrentStreams: Number.POSITIVE_INFINITY,
    initialWindowSize: firstWindow,
    maxFrameSize: leastMaxFrameSize,
    maxHeaderListSize: Number.POSITIVE_INFINITY,
  }
}

/** Takes one setting over; throws for a value that it may not have. Unknown ones are ignored. */
export function takeSetting(peer: PeerSettings, id: number, value: number, fromServer: boolean): void {
  switch (id) {
    case settingIds.headerTableSize:
      peer.headerTableSize = value
      return
    case settingIds.enablePush:
      // A server has no use for it but 0 (RFC 9113 §6.5.2); we push nothing whatever a client says.
      if (value > 1 || (fromServer && value === 1))
        throw connectionError('PROTOCOL_ERROR', `ENABLE_PUSH is ${value}`)
      return
    case settingIds.maxConcurrentStreams:
      peer.maxConcurrentStreams = value
      return
    case settingIds.initialWindowSize:
      if (value > greatest31) throw connectionError('FLOW_CONTROL_ERROR', `INITIAL_WINDOW_SIZE is ${value}`)
      peer.initialWindowSize = value
      return
    case settingIds.maxFrameSize:
      if (value < leastMaxFrameSize || value > greatestMaxFrameSize)
        throw connectionError('PROTOCOL_ERROR', `MAX_FRAME_SIZE is ${value}`)
      peer.maxFrameSize = value
      return
    case settingIds.maxHeaderListSize:
      peer.maxHeaderListSize = value
  }
}
