import type { Log } from '../../core/log.ts'
import { ours } from '../../wire/broker/message-kinds.ts'
import type { Answer } from '../../wire/broker/receive-request.ts'
import { readAddress } from './address.ts'
import type { IntakeRecord } from './intake-claim.ts'
import { commonReplies, idHeader, readHeader, replyToHeader, toHeader, typeHeader } from './protocol.ts'
import type { Outgoing } from './publisher-letter.ts'
import type { Publisher } from './publisher.ts'

/** Sends answers to where their callers read them. */
export type SendAnswer = (record: IntakeRecord, answer: Answer, sent: () => void) => void

/** Makes it; `taken` are topics that the server reads itself, where nobody may have an answer sent to. */
export function answerSender(
  publisher: Publisher,
  { taken, log }: { readonly taken: ReadonlySet<string>; readonly log: Log },
): SendAnswer {
  return (record, answer, sent) => {
    const outgoing = outgoingAnswer(record, answer)
    const { topic } = outgoing
    if (taken.has(topic) || topic.startsWith('__')) {
      log.warn({ topic, id: answer.id }, 'kafka: dropped an answer: its caller may not read that topic')
      return sent()
    }
    publisher.send(outgoing, (error) => {
      if (error) log.warn({ topic, id: answer.id, reason: error.message }, 'kafka: dropped an answer')
      sent()
    })
  }
}

function outgoingAnswer({ message }: IntakeRecord, { body, id, metadata }: Answer): Outgoing {
  const { headers } = message
  const address = readAddress(readHeader(headers, replyToHeader))
  const type = readHeader(headers, typeHeader)
  // Python's clients read envelopes alone, in whatever partition.
  if (!address) return { topic: topicIn(metadata) ?? commonReplies, key: null, value: body }
  return {
    topic: address.topic,
    partition: address.partition,
    key: null,
    value: body,
    headers: {
      [toHeader]: address.name,
      ...(typeof id === 'string' && { [idHeader]: id }),
      ...(type === ours && { [typeHeader]: ours }),
    },
  }
}

/** The topic that a Python client names. */
function topicIn(metadata: Answer['metadata']): string | undefined {
  const topic = metadata?.['reply_topic']
  return typeof topic === 'string' && topic !== '' ? topic : undefined
}
