import { RpcError } from '../../../core/errors.ts'
import type { Log } from '../../../core/log.ts'
import type { Answer } from '../../../wire/broker/receive-request.ts'
import { labelOf, noMetadata } from '../../../wire/session/write-envelope.ts'
import { fullReplies } from '../../../wire/session/write-reply.ts'
import { readAddress } from '../address.ts'
import type { IntakeRecord } from '../intake/claim.ts'
import { commonReplies, readHeader, replyToHeader, toHeader } from '../protocol.ts'
import type { Outgoing } from '../publisher/letter.ts'
import type { Publisher } from '../publisher/publisher.ts'

/** Sends answers to where their callers read them. */
export type SendAnswer = (record: IntakeRecord, answer: Answer, sent: () => void) => void

/** Whether nobody may have anything sent to a topic. */
export type Refuses = (topic: string) => boolean

/** Topics that the server reads itself are refused, and those of the brokers. */
export function refuser(taken: ReadonlySet<string>): Refuses {
  return (topic) => taken.has(topic) || topic.startsWith('__')
}

/** Makes it. */
export function answerSender(
  publisher: Publisher,
  { refuses, log }: { readonly refuses: Refuses; readonly log: Log },
): SendAnswer {
  return (record, answer, sent) => {
    const outgoing = outgoingAnswer(record, answer)
    const { topic } = outgoing
    if (refuses(topic)) {
      log.warn({ topic, id: answer.id }, 'kafka: dropped an answer: its caller may not read that topic')
      return sent()
    }
    publisher.send(outgoing, (error) => {
      if (!error) return sent()
      log.warn({ topic, id: answer.id, reason: error.message }, 'kafka: dropped an answer')
      if (error.code !== 'RESOURCE_EXHAUSTED') return sent()
      // Whoever waits for it is told.
      publisher.send({ ...outgoing, value: tooLarge(answer) }, () => sent())
    })
  }
}

function tooLarge({ id }: Answer): string {
  const error = new RpcError('RESOURCE_EXHAUSTED', 'the answer is larger than what the broker takes', {
    reason: 'TOO_LARGE',
  })
  return fullReplies.failure('response', labelOf('', '', id ?? ''), error, noMetadata)
}

function outgoingAnswer({ message }: IntakeRecord, { body, metadata }: Answer): Outgoing {
  const { headers } = message
  const address = readAddress(readHeader(headers, replyToHeader))
  // Python's clients read envelopes alone, in whatever partition.
  if (!address) return { topic: topicIn(metadata) ?? commonReplies, key: null, value: body }
  return {
    topic: address.topic,
    partition: address.partition,
    key: null,
    value: body,
    headers: { [toHeader]: address.name },
  }
}

/** The topic that a Python client names. */
function topicIn(metadata: Answer['metadata']): string | undefined {
  const topic = metadata?.['reply_topic']
  return typeof topic === 'string' && topic !== '' ? topic : undefined
}
