import { givesStream, takesStream } from '../../../../lib/core/kind.ts'
import { longestPauseMs } from '../../../../lib/wire/session/holding.ts'
import type { Record } from './record.ts'
import type { World } from './world.ts'

/** Says what is wrong with how a call has ended, or nothing. */
export function complaint(world: World, record: Record): string | undefined {
  const { plan, got, given, read, sent, error } = record
  if (record.fault !== undefined) return record.fault
  if (record.ends !== 1) return `it has ended ${record.ends} times`
  if (record.runs > 1) return `its handler was run ${record.runs} times`
  if (record.isSending) return 'its messages are still waited for'
  if (got > given) return `${got} items came, ${given} were given`
  if (read > sent) return `${read} items were read, ${sent} were sent`
  if (!record.lifetimes.every(({ finished }) => finished)) return 'its handler does not know that it is over'
  const causes = causesOf(world, record)
  if (!error) return record.left ? undefined : incomplete(record)
  if (!causes.has(error.code)) return `it failed: ${error.code} ${error.message}; due: ${[...causes].join()}`
  // What was given before the handler's own failure comes before it.
  if (error.code === 'ABORTED' && givesStream(plan.kind) && got !== given)
    return `${got} items came before the failure, ${given} were given`
  return undefined
}

/** A call that has succeeded is whole. */
function incomplete({ plan, got, given, read, runs, threw }: Record): string | undefined {
  if (runs !== 1) return 'it succeeded without a handler'
  if (threw) return 'it succeeded though its handler has failed'
  if (got !== given) return `it succeeded with ${got} of ${given} items`
  const output = plan.echoes ? Math.min(plan.input.length, plan.readsAtMost) : plan.output.length
  if (given !== output) return `it succeeded with ${given} of ${output} items given`
  const readsAll = plan.kind === 'clientStream' || plan.echoes || !takesStream(plan.kind)
  const input = Math.min(plan.input.length, takesStream(plan.kind) ? plan.readsAtMost : 1)
  if (readsAll && read !== input) return `it succeeded with ${read} of ${input} items read`
  return undefined
}

/** The codes that it may have failed with. */
function causesOf(world: World, record: Record): ReadonlySet<string> {
  const { negotiated, up, down } = world
  const causes = new Set<string>()
  if (record.threw) causes.add('ABORTED')
  if (record.aborted) causes.add('PERMISSION_DENIED')
  if (record.cancelled) causes.add('CANCELLED')
  if (record.late) causes.add('DEADLINE_EXCEEDED')
  if (record.sendFailed) causes.add('DATA_LOSS')
  if (world.lost) causes.add('UNAVAILABLE')
  // A slow reader without credit holds the others, and is ended for it in the end: itself and nobody else.
  const paused = Math.max(up.longestPauseMs, down.longestPauseMs) >= longestPauseMs
  if ((paused && !negotiated && record.plan.kind !== 'unary') || world.stuck) causes.add('RESOURCE_EXHAUSTED')
  return causes
}
