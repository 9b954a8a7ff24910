import type { Call, Invoke } from '../../core/call.ts'
import { createCall } from '../../core/create-call.ts'
import { RpcError, toRpcError } from '../../core/errors.ts'
import { failurePolicy } from '../../core/failure-policy.ts'
import { isIterable, iterate } from '../../core/iterate.ts'
import { isSingle } from '../../core/kind.ts'
import { createMetadata } from '../../core/metadata.ts'
import { neverRan } from '../../core/never-ran.ts'
import type { Description, MethodDescription } from '../../core/transport.ts'
import type { Hub } from './hub.ts'
import { errorForm, outputForm } from './json-form.ts'
import type { Caller, Message } from './message.ts'
import type { Delivery } from './queue.ts'

/** What all messages of a server are handled with. */
export interface WorkContext {
  readonly hub: Hub
  readonly invoke: Invoke
  readonly describe: Description | undefined
  /** What came by one queue shares one limit of running handlers. */
  readonly connection: object
  /** The server closes, and what it ends is not the message's fault. */
  isStopping(): boolean
  /** The callers whose streams it has taken. */
  readonly streams: Set<Caller>
}

/** Until an event comes again that no handler had the time for, in ms. */
const unrunPauseMs = 1_000

/** Does what a message asks for, and lets go of it behind that. Never rejects. */
export async function work(context: WorkContext, delivery: Delivery): Promise<void> {
  const { message } = delivery
  const { deadline, caller } = message
  const description = context.describe?.find(message.service, message.method)
  // Nobody waits for it any more.
  if (deadline !== undefined && deadline <= context.hub.clock.now()) return void delivery.settle()
  const call = callOf(context, message, description)
  if (caller && (caller.messages || (description && !isSingle(description.kind)))) {
    if (delivery.settle() && caller.take()) await stream(context, { call, caller, description })
    return
  }
  try {
    const reply = await context.invoke(call)
    const answer = {
      output: outputForm(description, reply.output),
      header: createMetadata(reply.header),
      trailer: createMetadata(reply.trailer),
    }
    if (delivery.settle()) caller?.answer(answer)
  } catch (error) {
    fail(context, { delivery, description, error: toRpcError(error) })
  }
}

function callOf(
  { connection }: WorkContext,
  { service, method, id, body, metadata, deadline, caller }: Message,
  description: MethodDescription | undefined,
): Call {
  const call = createCall({
    service,
    method,
    kind: description?.kind,
    input: caller?.messages ?? (JSON.parse(body) as unknown) ?? {},
    metadata: createMetadata(metadata),
    deadline,
    id,
    peer: { transport: 'memory-broker' },
    connection,
  })
  caller?.life.onCancel(({ code }) => {
    // The server keeps the deadline by itself, and hears of nothing else why it is left alone.
    if (code !== 'DEADLINE_EXCEEDED')
      call.lifetime.cancel(new RpcError('CANCELLED', 'the client has cancelled the call'))
  })
  return call
}

interface Failure {
  readonly delivery: Delivery
  readonly description: MethodDescription | undefined
  readonly error: RpcError
}

function fail({ hub, isStopping }: WorkContext, { delivery, description, error }: Failure): void {
  const { message, queue } = delivery
  if (!delivery.settle()) return
  // Shutting down, or full: an event comes again, a caller's request is the caller's to repeat.
  if (neverRan(error) && !message.caller) return queue.pushLater(unrunPauseMs, message)
  if (isStopping() && !message.caller && error.code === 'UNAVAILABLE') return queue.push(message)
  const policy = failurePolicy(description?.kind, description?.options)
  const verdict = policy.judge(error, message.attempt)
  if (
    verdict.fate === 'retry' &&
    hub.clock.now() + verdict.delayMs < (message.deadline ?? Number.POSITIVE_INFINITY)
  )
    return queue.pushLater(verdict.delayMs, { ...message, attempt: message.attempt + 1 })
  // Without the time for another attempt this was the last.
  if (verdict.fate === 'deadLetter' || (verdict.fate === 'retry' && policy.deadLetter))
    hub.bury(queue.name, message, errorForm(error))
  message.caller?.fail(errorForm(error))
}

/** One call whose messages come or go one by one. */
interface Stream {
  readonly call: Call
  readonly caller: Caller
  readonly description: MethodDescription | undefined
}

async function stream(
  { invoke, streams }: WorkContext,
  { call, caller, description }: Stream,
): Promise<void> {
  const formed = (item: unknown): unknown => outputForm(description, item)
  streams.add(caller)
  call.lifetime.onFinish(() => streams.delete(caller))
  try {
    const { output, header, trailer } = await invoke(call)
    const items = isIterable(output)
      ? iterate(output, { map: formed, fail: (error) => errorForm(toRpcError(error)) })
      : formed(output)
    caller.answer({ output: items, header, trailer })
  } catch (error) {
    caller.fail(errorForm(toRpcError(error)))
  }
}
