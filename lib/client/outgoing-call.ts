import type { Call } from '../core/call.ts'
import { setCallKey } from '../core/call-key.ts'
import { createCall } from '../core/create-call.ts'
import { callOf } from '../core/call-context.ts'
import { earlier } from '../core/deadline.ts'
import { followSignal } from '../core/lifetime.ts'
import { addMetadata, createMetadata } from '../core/metadata.ts'
import { passRequestId } from '../core/request-id.ts'
import type { CallOptions } from './signature.ts'
import type { Target } from './target.ts'

const peer = { transport: 'client' }

/** Makes the call that an input and its options stand for. It has not been sent yet. */
export function outgoingCall(target: Target, input: unknown, options: CallOptions, timeoutMs: number): Call {
  const { service, method, kind, caller } = target
  const parent = options.parent && callOf(options.parent)
  const metadata = caller.metadata || options.metadata || parent ? createMetadata(caller.metadata) : undefined
  if (metadata && options.metadata) addMetadata(metadata, options.metadata)
  if (metadata && parent) passRequestId(parent, metadata)
  const now = Date.now()
  const deadline = earlier(now + timeoutMs, parent?.deadline)
  const call = createCall({ service, method, kind, input, metadata, deadline, peer })
  if (parent) call.lifetime.follow(parent.lifetime)
  if (options.signal) followSignal(call.lifetime, options.signal)
  if (deadline !== undefined) caller.deadlines.watch(call.lifetime, deadline, now)
  if (options.idempotent ?? target.idempotent) caller.idempotent.add(call.lifetime)
  if (options.key !== undefined) setCallKey(call, options.key)
  return call
}

/** A call that stands for one which could not be made: it ends, as every call does, and is never sent. */
export function unsentCall(target: Target): Call {
  return createCall({ ...target, input: undefined, peer })
}
