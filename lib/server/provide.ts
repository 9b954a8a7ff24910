import type { Call, Invoke, Reply } from '../core/call.ts'
import { resolvedOf } from '../core/create-call.ts'
import { onStreamEnd } from '../core/stream-end.ts'
import { isIterable } from '../core/iterate.ts'
import type { DependencyPlan } from './dependency-plan.ts'
import { makeAll, valueOf, type CleanUp, type Resolved } from './dependency-scope.ts'

/** A layer that resolves dependencies for each call, hands them on in the context and cleans up behind the call. */
export function provideLayer(plan: DependencyPlan, app: Resolved, next: Invoke): Invoke {
  const give = (call: Call, resolved: Resolved): Call => {
    const values: Record<string, unknown> = {}
    for (const [name, source] of plan.gives) values[name] = valueOf(source, resolved, app)
    return call.with(values)
  }
  // Nothing to make for each call: no promise, no map.
  if (plan.request.length === 0) return (call) => next(give(call, app))

  return async (call) => {
    const resolved = resolvedOf(call)
    const cleanUp = await makeAll(plan.request, call.context, resolved, app)
    if (!cleanUp) return next(give(call, resolved))
    return settle(call, next(give(call, resolved)), cleanUp)
  }
}

async function settle(call: Call, running: Promise<Reply>, cleanUp: CleanUp): Promise<Reply> {
  let reply: Reply
  try {
    reply = await running
  } catch (error) {
    await cleanUp(error).catch(() => {
      // The call's own failure is what its caller has to know.
    })
    throw error
  }
  if (isIterable(reply.output)) onStreamEnd(call, cleanUp)
  else await cleanUp(undefined)
  return reply
}
