import type { RpcError } from '../../core/errors.ts'
import { nextTurn } from '../../core/turn.ts'
import type { BrokerClock } from './clock.ts'
import { deadLetterOf, type DeadLetter, type Message } from './message.ts'
import { createQueue, type Queue } from './queue.ts'

/** The exchange that events go to; the names of their queues begin with it. */
const eventExchange = 'microapi-events'

/** What stands between clients and servers: queues, and what leads to them. */
export interface Hub {
  readonly clock: BrokerClock
  /** The queue of this name, made where there is none. It stays. */
  declare(name: string): Queue
  /** The queue of an event, made where there is none, and bound: one for all servers, or one for those of `queue`. */
  bind(event: string, queue?: string): Queue
  /** The queue of this name, if anybody ever declared it. */
  find(name: string): Queue | undefined
  /** The queues that an event goes to. */
  bound(event: string): readonly Queue[]
  readonly deadLetters: readonly DeadLetter[]
  bury(queue: string, message: Message, error: RpcError): void
  /** Counts what is on its way to a queue until the promise has settled. */
  carry<T>(way: Promise<T>): Promise<T>
  /** Resolves when nothing is left to do. Rejects, saying what is, after `withinMs`. */
  idle(withinMs: number): Promise<void>
}

/** Makes a hub without queues. */
export function createHub(clock: BrokerClock): Hub {
  const queues = new Map<string, Queue>()
  const bindings = new Map<string, Set<Queue>>()
  const deadLetters: DeadLetter[] = []
  const waiting = new Set<() => void>()
  let onTheWay = 0

  const rest = (): readonly string[] => {
    const parts = [...queues.values()].map((queue) => queue.rest()).filter((part) => part !== undefined)
    return onTheWay === 0 ? parts : [...parts, `${onTheWay} on the way`]
  }
  const changed = (): void => {
    if (waiting.size === 0) return
    // Behind what follows from the change.
    void nextTurn().then(() => {
      if (rest().length === 0) for (const done of waiting) done()
    })
  }
  const declare = (name: string): Queue => {
    let queue = queues.get(name)
    if (!queue) queues.set(name, (queue = createQueue(name, clock, changed)))
    return queue
  }
  return {
    clock,
    declare,
    bind(event, queue) {
      const bound = declare(`${eventExchange}.${event}${queue === undefined ? '' : `.${queue}`}`)
      const all = bindings.get(event)
      if (all) all.add(bound)
      else bindings.set(event, new Set([bound]))
      return bound
    },
    find: (name) => queues.get(name),
    bound: (event) => [...(bindings.get(event) ?? [])],
    deadLetters,
    bury(queue, message, error) {
      deadLetters.push(deadLetterOf(message, error, { queue, failedAt: clock.now() }))
    },
    carry(way) {
      onTheWay++
      return way.finally(() => {
        onTheWay--
        changed()
      })
    },
    idle: (withinMs) =>
      new Promise((resolve, reject) => {
        const settle = (then: () => void) => (): void => {
          clearTimeout(timer)
          waiting.delete(done)
          then()
        }
        const done = settle(resolve)
        const give = settle(() =>
          reject(new Error(`the broker was not idle in ${withinMs} ms: ${rest().join('; ')}`)),
        )
        const timer = setTimeout(give, withinMs)
        waiting.add(done)
        changed()
      }),
  }
}
