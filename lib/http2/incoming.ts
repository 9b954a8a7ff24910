/** The frame that is being read: its head's facts, and where its payload stands. */
export interface Frame {
  flags: number
  streamId: number
  buffer: Buffer
  start: number
  end: number
}

/** A header block that goes on in CONTINUATION frames. */
export interface PendingHeaders {
  readonly streamId: number
  readonly endStream: boolean
  /** The stream is said to depend on itself. */
  readonly loop: boolean
  octets: Buffer
  size: number
  frames: number
  readonly since: number
}

const nothing = Buffer.alloc(0)

/** What has come and is not complete yet. */
export class Incoming {
  /** Octets of the client's preface that are still to come. */
  prefaceLeft: number
  /** The beginning of a frame; grows with what comes, never with what its head claims. */
  partial: Buffer | undefined = undefined
  size = 0
  /** When it came. */
  since = 0
  headers: PendingHeaders | undefined = undefined
  /** Something has come since the last tick. */
  active = false
  /** One for all frames: none is kept. */
  readonly frame: Frame = { flags: 0, streamId: 0, buffer: nothing, start: 0, end: 0 }

  constructor(prefaceLeft: number) {
    this.prefaceLeft = prefaceLeft
  }

  /** Holds on to nothing that was read. */
  letGo(): void {
    this.frame.buffer = nothing
  }
}
