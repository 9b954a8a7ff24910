import type { ClientSession } from '../../../../lib/wire/session/client-session.ts'
import type { ServerSession } from '../../../../lib/wire/session/server-session.ts'
import type { Random } from '../../../http2/simulation/random.ts'
import type { Lane } from './lane.ts'
import type { Pace } from './plan.ts'
import type { Record } from './record.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Two sessions, the lanes between them, and those who call and answer. */
export interface World {
  readonly random: Random
  readonly clock: VirtualClock
  readonly negotiated: boolean
  /** From client to server, and back. */
  readonly up: Lane
  readonly down: Lane
  readonly client: ClientSession
  readonly server: ServerSession
  readonly records: readonly Record[]
  /** Who waits for a turn. */
  readonly waiting: (() => void)[]
  /** Resolves when it is this one's turn, or its time. */
  pace(pace: Pace): Promise<void>
  /** Handlers that have not ended, their output included. */
  running: number
  /** The server has given its client up. */
  stuck: boolean
  /** The port is lost. */
  lost: boolean
}
