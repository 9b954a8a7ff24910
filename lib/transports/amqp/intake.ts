import type { Channel, ConfirmChannel, ConsumeMessage, Options } from 'amqplib'
import { RpcError } from '../../core/errors.ts'
import { failurePolicy, type Verdict } from '../../core/failure-policy.ts'
import { neverRan } from '../../core/never-ran.ts'
import type { MethodDescription } from '../../core/transport.ts'
import { createFailedMessages } from './failed-messages.ts'
import type { Link } from './link.ts'
import { ours } from './protocol.ts'
import { correlationIdOf, publishConfirmed } from './publish.ts'
import { commonReplies } from './queues.ts'
import { receiveRequest, type Answer, type Outcome, type ReceiveContext } from './receive-request.ts'
import { readAttempts } from './message.ts'
import { createSettled } from './settled.ts'
import type { Source } from './sources.ts'

/** What takes requests in, and lets go of each when its answer is confirmed. */
export interface Intake {
  receive(message: ConsumeMessage, source: Source): void
  /** What comes from now on goes back to its queue. */
  stop(): void
  /** Resolves when nothing is in hand, at the latest after `ms`. */
  idle(ms: number): Promise<void>
}

/** Where requests come from, and where answers go. */
export interface IntakeChannels {
  readonly requests: Channel
  readonly answers: ConfirmChannel
  readonly outgoing: Link
  /** What is declared on the way is to be replicated. */
  readonly quorum: boolean
}

/** Makes the intake of a server. */
export function createIntake(
  context: ReceiveContext,
  { requests, answers, outgoing, quorum }: IntakeChannels,
): Intake {
  const { log } = context
  const failed = createFailedMessages({ outgoing, answers, quorum, log })
  const settled = createSettled(requests)
  let stopping = false
  let inHand = 0
  let onIdle = (): void => {}
  let common: Promise<unknown> | undefined

  const letGo = (): void => {
    if (--inHand === 0) onIdle()
  }
  const giveBack = (message: ConsumeMessage): void => {
    settled.giveBack(message)
    letGo()
  }
  const acknowledge = (message: ConsumeMessage): void => {
    settled.acknowledge(message)
    letGo()
  }
  const declareCommon = (): Promise<unknown> =>
    (common ??= outgoing
      .aside((channel) => channel.assertQueue(commonReplies, { durable: true }))
      .catch((error: unknown) => log.warn({ error, queue: commonReplies }, 'amqp: not to be declared')))
  const answer = (message: ConsumeMessage, { body, id }: Answer): void => {
    const { replyTo, type } = message.properties as { replyTo?: string; type?: string }
    const options: Options.Publish = correlationIdOf(id)
    options.contentType = 'application/json'
    if (type === ours) options.type = ours
    publishConfirmed(answers, { queue: replyTo || commonReplies, body, options }, (outcome) => {
      if (outcome === 'refused') log.warn({ id, replyTo }, 'amqp: the broker refused an answer')
      // What is lost comes again, since it is not acknowledged.
      if (outcome === 'lost') letGo()
      else acknowledge(message)
    })
  }
  const work = async (message: ConsumeMessage, source: Source): Promise<void> => {
    const before = readAttempts(message.properties.headers)
    const lost = source.event && lostTooOften(source.event, before)
    try {
      const outcome = lost ?? (await receiveRequest(context, message, source))
      const { answer: due, failure } = outcome
      if (failure) {
        // The server closes: what it ends is not the message's fault.
        if (stopping && source.event && failure.code === 'UNAVAILABLE') return giveBack(message)
        const attempts = lost ? before : before + 1
        const verdict = judge(outcome, failure, attempts)
        const it = { message, queue: source.queue, attempts }
        if (verdict.fate !== 'end')
          log.warn({ error: failure, attempts, ...verdict }, 'amqp: a message failed')
        if (verdict.fate === 'retry') {
          // One that never ran has not been tried.
          const again = neverRan(failure) ? { ...it, attempts: before } : it
          return (await failed.retry(again, verdict.delayMs)) ? acknowledge(message) : giveBack(message)
        }
        if (verdict.fate === 'deadLetter' && !(await failed.bury(it, failure))) return giveBack(message)
      }
      if (due) {
        if (!message.properties.replyTo) await declareCommon()
        answer(message, due)
      } else acknowledge(message)
    } catch (error) {
      log.error({ error }, 'amqp: dropped a request that could not be answered')
      acknowledge(message)
    }
  }
  return {
    receive(message, source) {
      if (stopping) return requests.nack(message, false, true)
      settled.taken(message)
      inHand++
      void work(message, source)
    },
    stop: () => void (stopping = true),
    async idle(ms) {
      if (inHand === 0) return
      let timer: ReturnType<typeof setTimeout> | undefined
      await new Promise<void>((resolve) => {
        onIdle = resolve
        timer = setTimeout(resolve, ms)
      })
      clearTimeout(timer)
    },
  }
}

/** What the policy of its method makes of a failure. */
function judge({ description, deadline, answer }: Outcome, failure: RpcError, attempts: number): Verdict {
  const policy = failurePolicy(description?.kind, description?.options)
  const isEvent = answer === undefined
  // A caller's request that never ran is the caller's to repeat.
  if (isEvent && neverRan(failure)) return { fate: 'retry', delayMs: unrunPauseMs }
  const verdict = policy.judge(failure, attempts)
  // Behind its deadline nobody waits for the answer.
  if (verdict.fate === 'retry' && deadline !== undefined && Date.now() + verdict.delayMs >= deadline)
    return policy.judge(failure, policy.attempts)
  return verdict
}

/** An event that was too often lost with the server that handled it: it may be what ends them. */
function lostTooOften(event: MethodDescription, before: number): Outcome | undefined {
  const { attempts } = failurePolicy(event.kind, event.options)
  if (before < attempts) return undefined
  const text = `it was handled ${before} times, and the server was lost with it at least once`
  return { failure: new RpcError('ABORTED', text), description: event }
}

/** Until an event comes again that no handler had the time for, in ms. */
const unrunPauseMs = 1_000
