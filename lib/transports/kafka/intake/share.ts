import type { Consumer } from 'kafkajs'
import { createHolding, type Holding } from './claim.ts'
import type { Commit } from './commits.ts'
import type { Subscription } from '../group-bytes.ts'
import type { IntakeOptions } from './options.ts'
import { placeKey, type Position, type Positions } from './positions.ts'

/** What a member of a group has of its partitions. */
export interface Share {
  /** The group has dealt anew. Who is the same member as before goes on with what it keeps. */
  dealt(assignment: { readonly [topic: string]: readonly number[] }, isSame: boolean): void
  find(topic: string, partition: number): Holding | undefined
  /** Reads this partition anew, from where the group or `from` says. */
  restart(holding: Holding, why: string): void
  /** What it says of itself when the group deals anew: all that it has; when it is frozen, what it has in hand. */
  own(): Pick<Subscription, 'owned' | 'isLeaving'>
  /** What may be committed and is not. */
  due(): readonly Commit[]
  /** Whether the group has a commit for all of it. */
  isFixed(): boolean
  /** Whether nothing of it is to be fetched. */
  isHeld(): boolean
  /** How many records are in hand. */
  inHand(): number
  /** Hands out no more. */
  freeze(): void
  /** None of it is ours any more. */
  loseAll(why: string): void
}

/** What a share is made with. */
export interface ShareContext extends Pick<
  IntakeOptions,
  'prefetch' | 'log' | 'onRecord' | 'beforeReading' | 'commitsElsewhere'
> {
  readonly positions: Positions
  readonly consumer: Pick<Consumer, 'pause' | 'resume' | 'seek'>
  /** There is something to commit. */
  onDue(): void
  /** Some is to be fetched that was not. */
  onRoom(): void
}

/** Until the positions are asked for again, in ms. */
const retryMs = 250

/** Makes the share of a member that has nothing yet. */
export function createShare(context: ShareContext): Share {
  const { positions, consumer, prefetch, log, onRecord, onDue, onRoom, beforeReading, commitsElsewhere } =
    context
  const holdings = new Map<string, Holding>()
  let isFrozen = false

  const all = (): Holding[] => [...holdings.values()]
  const onHold = ({ claim: { topic, partition }, isHeld }: Holding): void => {
    const place = [{ topic, partitions: [partition] }]
    if (isHeld) return consumer.pause(place)
    consumer.resume(place)
    onRoom()
  }
  const claim = (topic: string, partition: number): Holding => {
    const holding = createHolding({ topic, partition }, { prefetch, log, onRecord, onDone: onDue, onHold })
    holdings.set(placeKey(topic, partition), holding)
    consumer.pause([{ topic, partitions: [partition] }])
    if (isFrozen) holding.freeze()
    return holding
  }
  const lose = (holding: Holding, why: string): void => {
    const { topic, partition } = holding.claim
    holdings.delete(placeKey(topic, partition))
    holding.lose(why)
  }
  const beginAt = (holding: Holding, position: Position | undefined): void => {
    const { topic, partition, lost } = holding.claim
    // The broker that was asked may not have heard of a partition yet.
    if (!position || lost.aborted) return
    if (position.isCommitted) holding.committed = position.start
    consumer.seek({ topic, partition, offset: String(position.start) })
    holding.begin(position.start)
  }
  /** Finds where reading of these begins, for as long as it takes. */
  const begin = async (fresh: readonly Holding[]): Promise<void> => {
    let left = fresh
    for (;;) {
      try {
        if (beforeReading) await Promise.all(left.map((one) => beforeReading(one.claim)))
        const found = await positions.of([...new Set(left.map((one) => one.claim.topic))])
        for (const one of left) beginAt(one, found.get(placeKey(one.claim.topic, one.claim.partition)))
      } catch (error) {
        if (left.some((one) => !one.claim.lost.aborted))
          log.warn({ error }, 'kafka: where the group is to read on is not known yet')
      }
      left = left.filter((one) => !one.claim.lost.aborted && !one.prefix)
      if (left.length === 0) return onDue()
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
  return {
    dealt(assignment, isSame) {
      const given = Object.entries(assignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition, key: placeKey(topic, partition) })),
      )
      const keys = new Set(given.map(({ key }) => key))
      for (const [key, holding] of holdings) {
        if (!isSame) lose(holding, 'the group had given this server up')
        else if (!keys.has(key)) lose(holding, 'the group has given it to another server')
      }
      const fresh: Holding[] = []
      for (const { topic, partition, key } of given) {
        const holding = holdings.get(key)
        if (!holding) fresh.push(claim(topic, partition))
        // It would begin with what is committed, which may be in hand.
        else if (holding.prefix) consumer.seek({ topic, partition, offset: String(holding.prefix.next) })
      }
      if (fresh.length > 0) void begin(fresh)
    },
    find: (topic, partition) => holdings.get(placeKey(topic, partition)),
    restart(holding, why) {
      lose(holding, why)
      void begin([claim(holding.claim.topic, holding.claim.partition)])
    },
    own() {
      const owned = new Map<string, number[]>()
      for (const { claim: mine, inHand } of all()) {
        if (isFrozen && inHand === 0) continue
        owned.set(mine.topic, [...(owned.get(mine.topic) ?? []), mine.partition])
      }
      return { owned, isLeaving: isFrozen }
    },
    due: () =>
      all().flatMap((holding) => {
        const { prefix, committed } = holding
        const isDone = committed === prefix?.committable || (commitsElsewhere && committed !== undefined)
        return prefix && !isDone ? [{ holding, offset: prefix.committable }] : []
      }),
    isFixed: () => all().every(({ committed }) => committed !== undefined),
    isHeld: () => all().every(({ isHeld }) => isHeld),
    inHand: () => all().reduce((sum, { inHand }) => sum + inHand, 0),
    freeze() {
      isFrozen = true
      for (const holding of all()) holding.freeze()
    },
    loseAll(why) {
      for (const holding of all()) lose(holding, why)
    },
  }
}
