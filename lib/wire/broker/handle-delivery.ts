import { RpcError } from '../../core/errors.ts'
import { failurePolicy, type Verdict } from '../../core/failure-policy.ts'
import { neverRan } from '../../core/never-ran.ts'
import type { MethodDescription } from '../../core/transport.ts'
import {
  receiveRequest,
  type Answer,
  type Delivery,
  type Outcome,
  type ReceiveContext,
} from './receive-request.ts'

/** What can be done with a message that a broker brought. Each ends it, but for `retry` and `bury` where they say no. */
export interface DeliveryWays {
  /** Sends the answer; the message is let go when the broker has it. */
  answer(answer: Answer): void
  /** Lets it go. */
  acknowledge(): void
  /** Leaves it where it was: it comes again, here or elsewhere. */
  giveBack(): void
  /** Its handling failed: what has begun with it is undone before anything else is done with it. */
  failed?(): Promise<void>
  /** Lets it come again behind a pause, as one that was handled so many times. Whether the broker has it there: else it is still where it was. */
  retry(attempts: number, delayMs: number): Promise<boolean>
  /** Puts it aside, with what it failed with, as one that was handled so many times. Whether the broker has it there. */
  bury(attempts: number, error: RpcError): Promise<boolean>
}

/** Handles a message, and does with it what its outcome and the policy of its method ask for. Never rejects. */
export async function handleDelivery(
  context: ReceiveContext,
  delivery: Delivery,
  ways: DeliveryWays,
  isStopping: () => boolean,
): Promise<void> {
  const { attempts: before, event } = delivery
  const { log } = context
  const { transport } = context.peer
  const lost = event && lostTooOften(event, before)
  try {
    const outcome = lost ?? (await receiveRequest(context, delivery))
    const { answer, failure } = outcome
    if (failure) {
      await ways.failed?.()
      // The server closes: what it ends is not the message's fault.
      if (isStopping() && event && failure.code === 'UNAVAILABLE') return ways.giveBack()
      const attempts = lost ? before : before + 1
      const verdict = judge(outcome, failure, attempts)
      if (verdict.fate !== 'end')
        log.warn({ error: failure, attempts, ...verdict }, `${transport}: a message failed`)
      if (verdict.fate === 'retry') {
        // One that never ran has not been tried.
        const isMoved = await ways.retry(neverRan(failure) ? before : attempts, verdict.delayMs)
        return isMoved ? ways.acknowledge() : ways.giveBack()
      }
      if (verdict.fate === 'deadLetter' && !(await ways.bury(attempts, failure))) return ways.giveBack()
    }
    if (answer) ways.answer(answer)
    else ways.acknowledge()
  } catch (error) {
    log.error({ error }, `${transport}: dropped a request that could not be answered`)
    ways.acknowledge()
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
export const unrunPauseMs = 1_000
