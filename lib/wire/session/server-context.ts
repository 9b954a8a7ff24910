import type { Invoke } from '../../core/call.ts'
import type { Peer } from '../../core/context.ts'
import type { Metadata } from '../../core/metadata.ts'
import type { Description } from '../../core/transport.ts'
import type { TableEntry } from './call-table.ts'
import type { GatheringCount } from './gathering.ts'
import type { Held } from './held.ts'
import type { Holding } from './holding.ts'
import type { Line } from './line.ts'
import type { SessionSettings } from './port.ts'
import type { ReplyWriter } from './write-reply.ts'

/** What is to be known of a call that has ended. */
export interface EndedExchange extends TableEntry {
  /** Whether more messages may come. */
  readonly isOpen: boolean
}

/** What all calls of a server's session share. */
export interface ServerContext extends GatheringCount {
  readonly invoke: Invoke
  readonly describe: Description | undefined
  readonly peer: Peer
  /** What the calls of one connection have in common. */
  readonly connection: object
  readonly settings: SessionSettings
  /** Stand in every call, whatever its caller says. */
  readonly metadata: Metadata | undefined
  readonly writer: ReplyWriter
  readonly line: Line
  readonly holding: Holding
  readonly held: Held
  /** The call has been answered, or nobody waits for it any more. */
  ended(exchange: EndedExchange): void
}
