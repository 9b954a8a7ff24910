import type { Log } from '../../../core/log.ts'
import type { IntakeRecord } from './claim.ts'

/** How an intake is made. */
export interface IntakeOptions {
  readonly groupId: string
  /** They exist. */
  readonly topics: readonly string[]
  /** Where the group has committed nothing yet: behind what is there now, before all of it, or with the first of this time. */
  readonly from: 'latest' | 'earliest' | Date
  /** Records of one partition that are in hand at most. */
  readonly prefetch: number
  /** Of one partition, fetched at once, at most, in bytes. */
  readonly maxBytes: number
  /** Who is not heard of for so long loses its partitions, in ms. */
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  readonly log: Log
  /** Called in the order of each partition's offsets, while others are in hand. Does not throw. */
  onRecord(record: IntakeRecord): void
  /** What is to be done before it is asked where reading of a partition that is ours now begins. Tried again where it rejects. */
  beforeReading?(place: { readonly topic: string; readonly partition: number }): Promise<void>
  /**
   * Who finishes a record has committed its offset: only where reading begins is committed here. A commit from here on its
   * way beside another would take the group back behind that one.
   */
  readonly commitsElsewhere?: boolean
  /** The group is out of touch; it is tried again for as long as it takes. */
  onLost?(reason: unknown): void
  /** It is in touch again. */
  onBack?(): void
}
