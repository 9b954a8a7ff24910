import type { Call } from './call.ts'
import { exchangeOf } from './create-call.ts'
import type { Ending } from './exchange.ts'

/** Runs `ending` when the call's output stream has ended, behind those that were added before. */
export function onStreamEnd(call: Call, ending: Ending): void {
  const exchange = exchangeOf(call)
  // Cancelled between the handler's reply and here: nobody is left whom a failure could be told.
  if (exchange.ended) void Promise.resolve(ending(call.lifetime.reason)).catch(() => {})
  else (exchange.endings ??= []).push(ending)
}

/** Runs what {@link onStreamEnd} collected, once. All run; the first failure is thrown, and is what those behind it learn. */
export async function endStream(call: Call, error: unknown): Promise<void> {
  const exchange = exchangeOf(call)
  const endings = exchange.endings ?? []
  exchange.ended = true
  exchange.endings = undefined
  const failures: unknown[] = []
  for (const ending of endings) {
    try {
      await ending(error ?? failures[0])
    } catch (failure) {
      failures.push(failure)
    }
  }
  if (failures.length > 0) throw failures[0]
}
