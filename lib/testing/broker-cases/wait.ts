import type { DeadLetter } from '../broker/message.ts'
import type { BrokerWorld, QueueOf } from './harness.ts'

/** How long a broker may take for anything, in ms: a machine under load stalls. */
const patienceMs = 20_000

/** Asks again and again until the answer is something; rejects where it never is. `what` says what was missing. */
async function eventually<T>(
  what: () => string,
  ask: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + patienceMs
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > end) throw new Error(`not so in ${patienceMs} ms: ${what()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** Resolves once something was noted so often. */
export async function noted({ probe }: BrokerWorld, what: string, times = 1): Promise<void> {
  const seen = (): string =>
    `${probe.count(what)} of ${times} "${what}"; last: ${probe.events.slice(-10).join(', ')}`
  await eventually(seen, () => (probe.count(what) >= times ? true : undefined))
}

/** At least one, as all that waited for one have it. */
type Letters = readonly [DeadLetter, ...DeadLetter[]]

/** The dead letters of a queue, once there are so many. */
export function lettersOf({ deadLetters }: BrokerWorld, queue: QueueOf, count = 1): Promise<Letters> {
  return eventually(
    () => `${count} dead letters of ${JSON.stringify(queue)}`,
    async () => {
      const letters = await deadLetters(queue)
      return letters.length < count ? undefined : (letters as Letters)
    },
  )
}
