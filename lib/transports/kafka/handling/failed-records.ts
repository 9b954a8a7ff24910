import { setTimeout as pause } from 'node:timers/promises'
import type { KafkaMessage } from 'kafkajs'
import { toRpcError, type RpcError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { IntakeRecord } from '../intake/claim.ts'
import {
  attemptsHeader,
  deadHeaders,
  dueHeader,
  offsetHeader,
  partitionHeader,
  topicHeader,
} from '../protocol.ts'
import type { Publisher } from '../publisher/publisher.ts'
import { deadTopicOf, retryTopicOf, type Source } from '../topics-of.ts'

/** Sends records that failed where they belong. Each resolves with whether the brokers have it there: false where the claim was lost first. */
export interface FailedRecords {
  /** Lets it come again behind a pause, as one that was handled so many times. */
  retry(record: IntakeRecord, source: Source, attempts: number, delayMs: number): Promise<boolean>
  /** Puts it aside, with what it failed with. */
  bury(record: IntakeRecord, source: Source, attempts: number, error: RpcError): Promise<boolean>
}

/** Where it cannot be sent it is tried again, since its partition waits for it: not at once. In ms. */
const troublePauseMs = 1_000

/** Makes the way of failed records; `ensure` sees to it that a topic is there. */
export function createFailedRecords(
  publisher: Publisher,
  ensure: (topic: string) => Promise<unknown>,
  log: Log,
): FailedRecords {
  const send = async (
    { claim, offset, message }: Omit<IntakeRecord, 'done'>,
    to: string,
    headers: Readonly<Record<string, string>>,
    /** With these headers it is larger than what the broker takes, and would be the next time. */
    tooLarge?: (error: RpcError) => Promise<boolean>,
  ): Promise<boolean> => {
    const record = {
      topic: to,
      key: message.key,
      value: message.value,
      headers: {
        // Where it was first, however often it has gone round.
        [topicHeader]: claim.topic,
        [partitionHeader]: `${claim.partition}`,
        [offsetHeader]: offset,
        ...headersOf(message),
        ...headers,
      },
    }
    while (!claim.lost.aborted) {
      try {
        await ensure(to)
        await new Promise<void>((resolve, reject) =>
          publisher.send(record, (error) => (error ? reject(error) : resolve())),
        )
        return true
      } catch (thrown) {
        const error = toRpcError(thrown)
        if (tooLarge && error.code === 'RESOURCE_EXHAUSTED') return tooLarge(error)
        log.error(
          { error, topic: claim.topic, to },
          'kafka: a failed message could not be moved; trying again',
        )
        await pause(troublePauseMs, undefined, { ref: false })
      }
    }
    return false
  }
  const bury: FailedRecords['bury'] = (record, { name }, attempts, error) => {
    const headers = { [attemptsHeader]: `${attempts}`, ...deadHeaders(name, error) }
    return send(record, deadTopicOf(name), headers, () => {
      // Its headers say where the value is.
      const { claim, offset, message } = record
      return send({ claim, offset, message: { ...message, value: null } }, deadTopicOf(name), headers)
    })
  }
  return {
    retry(record, source, attempts, delayMs) {
      const headers = { [attemptsHeader]: `${attempts}`, [dueHeader]: `${Date.now() + delayMs}` }
      return send(record, retryTopicOf(source.name, delayMs), headers, (error) =>
        bury(record, source, attempts, error),
      )
    },
    bury,
  }
}

function headersOf({ headers }: KafkaMessage): Record<string, string | Buffer> {
  const all: Record<string, string | Buffer> = {}
  for (const [name, value] of Object.entries(headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value
    if (first !== undefined && name !== dueHeader) all[name] = first
  }
  return all
}
