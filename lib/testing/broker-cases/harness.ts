import { clientFactory } from '../../client/client.ts'
import type { ClientOptions } from '../../client/settings.ts'
import type { Client } from '../../client/signature.ts'
import { createDeadlines } from '../../core/deadline.ts'
import type { Limits } from '../../core/limits.ts'
import { createRegistry } from '../../core/registry.ts'
import type { Transport } from '../../core/transport.ts'
import { createServe } from '../../server/serve.ts'
import type { DeadLetter } from '../broker/message.ts'
import { createProbe, type Probe } from '../probe.ts'
import { brokerApp, gate } from './app.ts'
import { brokerContract } from './contract.ts'

/** A queue: of requests by its name; of an event, which servers share, or those of one name where it is fanned out. */
export interface QueueOf {
  /** `service.method` */
  readonly event?: string
  readonly queue?: string
}

/** A broker that runs, for one case; nobody else's messages are on it, as far as the case can see. */
export interface RunningBroker {
  transport(options: { readonly queue: string; readonly prefetch?: number }): Transport
  /** What the broker calls a queue: what stands in the dead letters that came from it. */
  nameOf(queue: QueueOf): string
  /** What the broker has for a queue: `queue` unless told otherwise. */
  readonly queueWord?: string
  /** What was put aside from a queue, the oldest first. */
  deadLetters(queue: QueueOf): Promise<readonly DeadLetter[]>
  /** Ends every connection, as a broker that is lost does. Everybody may come back at once. */
  disconnect(): Promise<void>
  /** Removes what the case has left there. */
  close(): Promise<void>
}

/** One broker, as the cases see it. */
export interface BrokerHarness {
  readonly name: string
  start(): Promise<RunningBroker>
  /** What cannot be done, by a case's name, and why. */
  readonly cannot?: Readonly<Record<string, string>>
}

/** A client of the cases' app, made from its contract. */
export type BrokerClient = Client<typeof brokerContract, 'decoded'>

/** How a server of a case is to be. */
export interface BrokerServerOptions {
  /** `a` unless told otherwise. */
  readonly queue?: string
  readonly prefetch?: number
  readonly limits?: Partial<Limits>
  /** How long it waits for what runs when it closes, in ms: 10,000. */
  readonly graceMs?: number
}

/** What a case works with. What it opens is closed behind it. */
export interface BrokerWorld extends Pick<RunningBroker, 'nameOf' | 'deadLetters' | 'disconnect'> {
  readonly queueWord: string
  readonly probe: Probe
  /** Starts a server of this name; what it handles is noted as `KEY at NAME`. */
  serve(name: string, options?: BrokerServerOptions): Promise<{ close(): Promise<void> }>
  /** A client that sends its requests to queue `a`. */
  client(options?: ClientOptions): BrokerClient
  /** The same, made from a type alone: it checks nothing. */
  stranger(options?: ClientOptions): Client<typeof brokerContract>
}

/** One promise of every transport over a broker. */
export interface BrokerCase {
  readonly topic: string
  /** Says the behaviour; no two cases have the same. */
  readonly name: string
  /** How long it may take in ms, when the subject itself takes long. */
  readonly timeoutMs?: number
  run(world: BrokerWorld): Promise<void>
}

const serve = createServe(createRegistry([]))
const createClient = clientFactory(createRegistry([]), createDeadlines())

/** Runs one case over a broker; rejects where the promise is not kept. */
export async function runBrokerCase(harness: BrokerHarness, one: BrokerCase): Promise<void> {
  const broker = await harness.start()
  const probe = createProbe()
  const clients: { close(): Promise<void> }[] = []
  const servers: { close(): Promise<void> }[] = []
  const reach = (): Transport => broker.transport({ queue: 'a' })
  const keep = <C extends { close(): Promise<void> }>(client: C): C => {
    clients.push(client)
    return client
  }
  try {
    await one.run({
      probe,
      nameOf: broker.nameOf,
      queueWord: broker.queueWord ?? 'queue',
      deadLetters: broker.deadLetters,
      disconnect: broker.disconnect,
      async serve(name, { queue = 'a', prefetch, limits = {}, graceMs = 10_000 } = {}) {
        const transport = broker.transport({ queue, ...(prefetch === undefined ? {} : { prefetch }) })
        const server = await serve(brokerApp(probe, name, limits), transport, { signals: false, graceMs })
        servers.push(server)
        return server
      },
      client: (options) => keep(createClient(brokerContract, reach(), options)),
      stranger: (options) => keep(createClient<typeof brokerContract>(reach(), options)),
    })
  } finally {
    // A case that failed may hold handlers: nobody is to wait for them.
    probe.open(gate)
    await Promise.all([...clients, ...servers].map((made) => made.close()))
    await broker.close()
  }
}
