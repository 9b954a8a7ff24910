import { startMember, type Member } from './member.ts'
import type { IntakeOptions } from './options.ts'
import { openPositions } from './positions.ts'
import { lacksCoordinator } from '../connection/failure.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'

/** What a server reads its requests or events with: its share of the partitions of some topics, in a group. */
export interface Intake {
  /** Takes nothing more, and stays in the group, so that what is in hand may be finished and committed. */
  pause(): void
  /** Takes nothing more, waits until nothing is in hand (`graceMs` at most), commits what is finished and leaves the group. Never rejects. */
  stop(graceMs: number): Promise<void>
}

/** The first pause before another member is made, and the longest, in ms. */
const pauseMs = { first: 100, longest: 2_000 }

/**
 * Joins the group. Resolves when it has its share, if there is one for it, and where it reads is fixed by commits: what is
 * written from then on comes, whatever happens. Rejects where that cannot be, with what kafkajs says.
 *
 * Where the group has committed something it goes on from there, whatever `from` says: to have everything again, take a
 * group of another name. What was in hand and not finished comes again, to this server or another.
 */
export async function openIntake(kafka: KafkaLike, options: IntakeOptions): Promise<Intake> {
  const { groupId, log } = options
  const positions = await patiently(options, () => openPositions(kafka, options))
  let member: Member | undefined
  let formerId: string | undefined
  let isPaused = false
  let isStopped = false
  let isAway = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = pauseMs.first

  const lost = (reason: unknown): void => {
    if (isAway || isStopped) return
    isAway = true
    log.warn({ error: reason, groupId }, 'kafka: out of touch with the group')
    options.onLost?.(reason)
  }
  const back = (): void => {
    pause = pauseMs.first
    if (!isAway || isStopped) return
    isAway = false
    log.info({ groupId }, 'kafka: in touch with the group again')
    options.onBack?.()
  }
  const start = (onReady: () => void, onEnd: (reason: unknown) => void): void => {
    // One that has never come in leaves its forerunner's name behind.
    formerId = member?.id ?? formerId
    member = startMember(kafka, {
      ...options,
      positions,
      formerId,
      onReady,
      onEnd,
      onSilent: () => lost(new Error('the group does not answer')),
      onHeard: back,
    })
  }
  const again = (reason: unknown): void => {
    lost(reason)
    // Nothing in hand is ours by now.
    if (isPaused || isStopped) return
    timer = setTimeout(() => start(back, again), pause * (0.5 + Math.random() / 2))
    pause = Math.min(2 * pause, pauseMs.longest)
  }
  let isOpen = false
  const join = (): Promise<void> =>
    new Promise((resolve, reject) =>
      start(
        () => resolve(void (isOpen = true)),
        (reason) => (isOpen ? again(reason) : reject(reason)),
      ),
    )
  await patiently(options, join)
  return {
    pause() {
      isPaused = true
      clearTimeout(timer)
      member?.pause()
    },
    async stop(graceMs) {
      isStopped = true
      clearTimeout(timer)
      await member?.stop(graceMs)
    },
  }
}

/** A topic may be so new that not every broker has heard of it, in ms. */
const topicPatienceMs = 2_000

/** Tries again what kafkajs says is over soon: a group's broker that is still reading what it knows of the group. */
async function patiently<T>({ sessionTimeoutMs }: IntakeOptions, run: () => Promise<T>): Promise<T> {
  const begin = Date.now()
  for (;;) {
    try {
      return await run()
    } catch (error) {
      const { retriable, type } = Object(error) as { readonly retriable?: unknown; readonly type?: unknown }
      const patienceMs = type === 'UNKNOWN_TOPIC_OR_PARTITION' ? topicPatienceMs : sessionTimeoutMs
      const mayPass = retriable === true || lacksCoordinator(error)
      if (!mayPass || Date.now() - begin > patienceMs) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs.first))
    }
  }
}
