import type { Log } from '../../../core/log.ts'
import type { Holding } from './claim.ts'

/** What is to be committed of a partition. */
export interface Commit {
  readonly holding: Holding
  readonly offset: number
}

/** Commits what is finished, many partitions and records at a time. */
export interface Commits {
  /** Commits within some ms, or behind the commit that is under way. */
  soon(): void
  /** Commits now, whatever is under way; resolves when it is answered, however. */
  now(): Promise<void>
  /** Commits no more. */
  stop(): void
}

/** What is finished in this time goes together, in ms. */
const gatherMs = 10

/** Until a commit that failed is tried again, in ms. */
const retryMs = 250

/**
 * Makes the commits of a member. `due` says what is to be committed, nothing where nothing of it is known to be ours; `send`
 * fixes at once, before it waits for anything, as whose commit it goes.
 */
export function createCommits(context: {
  readonly log: Log
  due(): readonly Commit[]
  send(commits: readonly Commit[]): Promise<void>
  /** What was due is committed. */
  onSettled(): void
}): Commits {
  let timer: ReturnType<typeof setTimeout> | undefined
  let underWay = 0
  let isStopped = false
  let isFailing = false

  const later = (ms: number): void => {
    if (!isStopped) timer ??= setTimeout(() => void flush(), ms)
  }
  const soon = (): void => {
    if (underWay === 0) later(gatherMs)
  }
  // It begins in a turn of its own, never behind an await: in between, kafkajs could have been given other partitions that
  // nobody here has heard of yet.
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const commits = context.due()
    if (commits.length === 0) return context.onSettled()
    underWay++
    try {
      await context.send(commits)
      for (const { holding, offset } of commits)
        if (holding.committed === undefined || holding.committed < offset) holding.committed = offset
      isFailing = false
    } catch (error) {
      if (isStopped) return
      if (!isFailing && !isOfEveryDay(error)) {
        isFailing = true
        context.log.warn({ error }, 'kafka: a commit failed, it is tried again')
      }
      return later(retryMs)
    } finally {
      underWay--
    }
    context.onSettled()
    if (context.due().length > 0) soon()
  }
  return {
    soon,
    now: flush,
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

/** Whether it only came too late, or too soon: the group is being dealt anew. */
function isOfEveryDay(error: unknown): boolean {
  const { type, cause } = Object(error) as { readonly type?: unknown; readonly cause?: unknown }
  if (cause !== undefined && type === undefined) return isOfEveryDay(cause)
  return type === 'REBALANCE_IN_PROGRESS' || type === 'ILLEGAL_GENERATION' || type === 'UNKNOWN_MEMBER_ID'
}

/** Commits as kafkajs wants them. */
export function offsetsByTopic(
  commits: readonly Commit[],
): { topic: string; partitions: { partition: number; offset: string }[] }[] {
  const topics = new Map<string, { partition: number; offset: string }[]>()
  for (const { holding, offset } of commits) {
    const { topic, partition } = holding.claim
    const one = { partition, offset: String(offset) }
    const others = topics.get(topic)
    if (others) others.push(one)
    else topics.set(topic, [one])
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
