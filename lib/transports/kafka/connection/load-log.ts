import type { KafkaConfig, LogEntry, logLevel } from 'kafkajs'
import type { Log } from '../../../core/log.ts'

/** What is thrown to us as well, or is part of every day: a group that takes in a member, an answer that comes late. */
const routine = [
  /^Response /,
  /^Failed to send messages/,
  /^Limiting retries for the idempotent producer/,
  /^KafkaJS v2.0.0 switched default partitioner/,
  /^The group is rebalancing/,
  /^The coordinator is not aware of this member/,
  /^Could not (?:create|delete) topics/,
  /^Failed to connect to seed broker/,
  /resync group$/,
  /is not aware of all assigned partitions/,
  /^Error when calling each/,
  /timed out$/,
  // It is begun anew.
  /^Crash: .*coordinator is loading/,
  // A consumer that is closed has a fetch under way.
  /^Connection error: write after end$/,
  /has another leader now$/,
]

/** How long the same is not said again, in ms. */
const quietMs = 60_000

/** Hands what ails kafkajs to the log: errors and warnings that nobody else tells, each once a minute. */
export function createKafkaLog(
  log: Log,
  levels: typeof logLevel,
): Pick<KafkaConfig, 'logLevel' | 'logCreator'> {
  /** When each was said, the oldest first. */
  const said = new Map<string, number>()
  const isNews = (text: string): boolean => {
    const now = Date.now()
    for (const [old, time] of said) {
      if (now - time < quietMs) break
      said.delete(old)
    }
    if (said.has(text) || said.size >= 100) return false
    said.set(text, now)
    return true
  }
  const tell = ({ namespace, level, log: { message, broker, groupId } }: LogEntry): void => {
    if (level > levels.WARN || routine.some((pattern) => pattern.test(message))) return
    // Times and counts make no news.
    if (!isNews(`${String(broker)} ${message.replaceAll(/\d+/g, '0')}`)) return
    const details = {
      ...(namespace && { of: namespace }),
      ...(broker !== undefined && { broker: broker as string }),
      ...(groupId !== undefined && { groupId: groupId as string }),
    }
    log.warn(details, `kafkajs: ${message}`)
  }
  return { logLevel: levels.WARN, logCreator: () => tell }
}
