import { nextTurn } from '../../../core/turn.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster, Consumer, EachBatchPayload, PartitionAssigner } from 'kafkajs'
import { createAssigners } from './assigner.ts'
import { createCommits, offsetsByTopic } from './commits.ts'
import { createDecide } from './decided.ts'
import { createLease } from './lease.ts'
import { takeOut } from './leave.ts'
import type { IntakeOptions } from './options.ts'
import type { Positions } from './positions.ts'
import { createShare } from './share.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'

/** A member of the group, from its joining until it leaves or is lost. */
export interface Member {
  /** Its name in the group, once it has been in it. */
  readonly id: string | undefined
  /** Takes nothing more. */
  pause(): void
  /** Waits `graceMs` at most until nothing is in hand, commits and leaves. */
  stop(graceMs: number): Promise<void>
}

/** Whom a member tells. */
export interface MemberEvents {
  /** It has joined, and where it reads is fixed, by commits. */
  onReady(): void
  /** It is a member no more, nor will it be one again: all its claims are lost. Told once, and not when it was stopped. */
  onEnd(reason: unknown): void
  /** The group has not answered for two heartbeats, and again for two. */
  onSilent(): void
  /** It answers again. */
  onHeard(): void
}

/**
 * A fetch waits so long for a record, in ms. A closing member, one that joins anew and one with full hands wait it out; an
 * idle one spends 1 % of a core on it, and 1.8 % with 100 ms.
 */
const fetchWaitMs = 250

/** Until what is not decided yet is fetched again, in ms. */
const undecidedMs = 20

/** What a goodbye may take, in ms: kafkajs waits for every answer that is due, and some never come. */
const goodbyeMs = 2_000

/** What a member is made with. */
export interface MemberOptions extends IntakeOptions, MemberEvents {
  readonly positions: Positions
  /** Its forerunner's name, if that may still be in the group. */
  readonly formerId: string | undefined
}

/** Starts a member of the group; it joins while nobody waits. */
export function startMember(kafka: KafkaLike, options: MemberOptions): Member {
  const { groupId, topics, sessionTimeoutMs, formerId, log } = options
  let memberId: string | undefined
  /** Between two generations of the group nothing is known to be ours. */
  let isJoining = true
  let isPaused = false
  let isReady = false
  let isOver = false
  /** It is over, and why may come yet. */
  let isEnding = false
  let onRoom = (): void => {}
  let commitOnce: EachBatchPayload['commitOffsetsIfNecessary'] | undefined

  const joining = (): void => {
    isJoining = true
    lease.wait()
  }
  let cluster: Cluster | undefined
  const assigners = createAssigners(() => share.own(), joining).map(
    (create): PartitionAssigner =>
      (config) => {
        cluster = config.cluster
        return create(config)
      },
  )
  const consumer = createConsumer(kafka, options, assigners)
  const share = createShare({
    ...options,
    // When it is over kafkajs has no group any more, and would throw.
    consumer: {
      pause: (places) => isOver || consumer.pause(places),
      resume: (places) => isOver || consumer.resume(places),
      seek: (place) => isOver || consumer.seek(place),
    },
    onDue: () => commits.soon(),
    onRoom: () => onRoom(),
  })
  let mustRejoin = false
  const lease = createLease({
    ...options,
    onSilent() {
      mustRejoin = true
      options.onSilent()
    },
    onExpired: () => end(new Error(`nothing was heard of the group for ${sessionTimeoutMs} ms`)),
  })
  const tellReady = (): void => {
    if (isReady || isJoining || !share.isFixed()) return
    isReady = true
    options.onReady()
  }
  const commits = createCommits({
    log,
    due: () => (isJoining ? [] : share.due()),
    async send(all) {
      const byTopic = offsetsByTopic(all)
      if (commitOnce) return commitOnce({ topics: byTopic })
      // This one tries again by itself, by then perhaps for partitions that were lost (issue 1046 of kafkajs). Until a first
      // record has come there is nothing else; it is for where reading begins, which is no further than any commit.
      return consumer.commitOffsets(
        byTopic.flatMap(({ topic, partitions }) => partitions.map((one) => ({ topic, ...one }))),
      )
    },
    onSettled: tellReady,
  })

  const leave = (why: string): void => {
    isOver = true
    lease.stop()
    commits.stop()
    share.loseAll(why)
    onRoom()
  }
  const goodbye = (): Promise<unknown> => within(goodbyeMs, consumer.disconnect())
  const end = (reason: unknown): void => {
    if (isOver && !isEnding) return
    if (!isOver) {
      leave('its group is lost')
      void goodbye()
    }
    isEnding = false
    options.onEnd(reason)
  }

  const decide = createDecide()
  const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    const { batch, resolveOffset, isStale } = payload
    commitOnce = payload.commitOffsetsIfNecessary
    const holding = share.find(batch.topic, batch.partition)
    if (!holding?.prefix || isStale()) return
    if (Number(batch.highWatermark) < holding.prefix.next)
      return share.restart(holding, 'its topic was made anew, or has lost records')
    const decided = decide(holding, batch)
    if (!decided) {
      await delay(undecidedMs, undefined, { ref: false })
      return
    }
    holding.push(decided.messages, decided.next)
    resolveOffset(String(decided.next - 1))
    // What is handled at once has room again soon. The next fetch is without a partition that has none when it begins, and
    // waits for the others, so that what the broker still has of this one would come that much later.
    for (let turns = 0; holding.isHeld && turns < roomTurns; turns++) await nextTurn()
    // With nothing to fetch kafkajs would sleep for this time, and not hear that there is something again.
    if (share.isHeld() && !isPaused)
      await within(fetchWaitMs, new Promise<void>((resolve) => (onRoom = resolve)))
  }

  const { GROUP_JOIN, REBALANCING, HEARTBEAT, FETCH_START, CRASH, STOP } = consumer.events
  consumer.on(GROUP_JOIN, ({ payload }) => {
    if (isOver) return
    isJoining = false
    mustRejoin = false
    lease.renew()
    const isSame = memberId === undefined || memberId === payload.memberId
    if (!isSame)
      log.warn({ groupId }, 'kafka: the group had given this server up: what it had in hand comes again')
    memberId = payload.memberId
    share.dealt(payload.memberAssignment, isSame)
    commits.soon()
    tellReady()
  })
  consumer.on(REBALANCING, () => {
    // The broker takes it until this member joins anew.
    void commits.now()
    isJoining = true
  })
  consumer.on(FETCH_START, () => {
    if (!mustRejoin || isOver) return
    mustRejoin = false
    // kafkajs goes on asking the broker that led the group, even where that is gone and another leads it. It looks for the
    // new one when it joins, and joins, under its name, when this comes out of its loop.
    throw Object.assign(new Error('the group does not answer'), { type: 'REBALANCE_IN_PROGRESS' })
  })
  consumer.on(HEARTBEAT, () => {
    isJoining = false
    mustRejoin = false
    lease.renew()
  })
  consumer.on(CRASH, ({ payload }) => end(payload.error))
  consumer.on(STOP, () => {
    if (isOver) return
    leave('its group is lost')
    // The crash that this is part of is told behind a goodbye that may hang.
    isEnding = true
    setTimeout(() => end(new Error('kafkajs stopped its consumer')), goodbyeMs)
  })
  const run = async (): Promise<void> => {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    // Behind that time its session is over.
    const giveUpAt = Date.now() + sessionTimeoutMs
    if (formerId !== undefined)
      await takeOut(cluster, { groupId, memberId: formerId }, () => !isOver && Date.now() < giveUpAt)
    if (!isOver) await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch })
    // What was on its way into the group when it was told to leave has come in.
    if (isOver) await goodbye()
  }
  run().catch(end)

  const pause = (): void => {
    isPaused = true
    share.freeze()
    onRoom()
  }
  return {
    get id() {
      return memberId
    },
    pause,
    async stop(graceMs) {
      pause()
      const giveUpAt = Date.now() + graceMs
      while (share.inHand() > 0 && Date.now() < giveUpAt) await turn(5)
      if (isOver) return
      await turn(0)
      await within(goodbyeMs, commits.now())
      leave('this server has left')
      await goodbye()
    },
  }
}

function createConsumer(
  kafka: KafkaLike,
  { groupId, sessionTimeoutMs, heartbeatMs, maxBytes }: IntakeOptions,
  partitionAssigners: PartitionAssigner[],
): Consumer {
  return kafka.consumer({
    groupId,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: sessionTimeoutMs,
    heartbeatInterval: heartbeatMs,
    maxWaitTimeInMs: fetchWaitMs,
    maxBytesPerPartition: maxBytes,
    maxBytes: Math.max(maxBytes, 10_485_760),
    // A partition that was added is found in this time.
    metadataMaxAge: 60_000,
    allowAutoTopicCreation: false,
    partitionAssigners,
    // Where it gives up another member is made: that is one way back for all that may happen.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 100, restartOnFailure: async () => false },
  })
}

function turn(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** So many turns of the event loop a partition may take to have room again before the next fetch begins without it. */
const roomTurns = 8

/** Resolves when it is settled, at the latest after `ms`. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work.catch(() => {}), late])
  clearTimeout(timer)
}
