import type { ClientOptions } from '../client/settings.ts'
import { clientFactory } from '../client/client.ts'
import { createDeadlines } from '../core/deadline.ts'
import type { Invoke } from '../core/call.ts'
import type { Limits } from '../core/limits.ts'
import { createRegistry } from '../core/registry.ts'
import type { Channel, Transport } from '../core/transport.ts'
import type { App } from '../server/app.ts'
import { createServe } from '../server/serve.ts'
import { conformanceApp } from './app.ts'
import { conformanceContract, type ConformanceClient } from './contract.ts'
import { recordingLog, type RecordingLog } from './log.ts'
import { createProbe, type Probe } from './probe.ts'

/** How a client came to know its methods: from a contract (or the app itself), or from a type alone. */
export type Flavour = 'contract' | 'type'

/** What not every transport can do; a harness whose transport cannot says so, with the reason. */
export type Capability =
  /** A stream of messages reaches the handler item by item, before its end. */
  | 'streamingUpload'
  /** Both sides of a two-way stream go on at once. */
  | 'twoWay'
  /** A unary call that its caller leaves is cancelled at the server. */
  | 'unaryCancel'
  /** Calls of one client share a connection, so that limits for a connection bound them together. */
  | 'sharedConnection'
  /** There is a server apart from the client, to be drained and closed. */
  | 'server'

/** What a case can set about its app and server. */
export interface StartOptions {
  readonly limits?: Partial<Limits>
  /** How long a closing server waits for calls in flight, in ms. */
  readonly graceMs?: number
}

/** An app that is being served, and ways to call it. */
export interface Running {
  /** A new client of it. */
  connect(flavour: Flavour, options?: ClientOptions): ConformanceClient
  /** The transport's own client side, which knows no schemas and checks nothing. */
  channel(): Promise<Channel>
  /** Closes the server: it drains, waits for the grace period and aborts what is left. */
  close(): Promise<void>
}

/** One transport, as the conformance cases see it. */
export interface Harness {
  readonly name: string
  /** The clients that every case runs with. */
  readonly flavours: readonly Flavour[]
  start(app: App, options: StartOptions): Promise<Running>
  /** What cannot be done, by capability or by a case's name, and why. */
  readonly cannot?: Readonly<Record<string, string>>
}

/** A server's transport, and how clients reach it. */
export interface TransportPair {
  readonly server: Transport
  /** Makes the transport of one client from the URL where the server listens. */
  client(url: string): Transport
}

const serve = createServe(createRegistry([]))
const createClient = clientFactory(createRegistry([]), createDeadlines())

/** Makes a harness of a transport. `open` is asked once for each case, so that no two share an address. */
export function transportHarness(
  name: string,
  open: () => TransportPair | Promise<TransportPair>,
  cannot: Readonly<Record<string, string>> = {},
): Harness {
  return {
    name,
    cannot,
    flavours: ['contract', 'type'],
    async start(app, { graceMs = 2_000 }) {
      const pair = await open()
      const server = await serve(app, pair.server, { signals: false, graceMs })
      const reach = (): Transport => pair.client(server.urls[0]!)
      return {
        connect: (flavour, options) =>
          flavour === 'type'
            ? (createClient<typeof conformanceContract>(reach(), options) as unknown as ConformanceClient)
            : createClient(conformanceContract, reach(), options),
        channel: () => reach().connect(),
        close: () => server.close(),
      }
    },
  }
}

/** The harness of `createClient(app)`: no transport at all. */
export function inProcessHarness(): Harness {
  const noServer = 'in process there is no server apart from the client'
  return {
    name: 'in process',
    flavours: ['contract'],
    cannot: { server: noServer },
    async start(app) {
      const clients: ConformanceClient[] = []
      return {
        connect(_, options) {
          const client = createClient(app, options) as unknown as ConformanceClient
          clients.push(client)
          return client
        },
        channel: () => app.connect(),
        async close() {
          for (const client of clients) await client.close()
        },
      }
    },
  }
}

/** What a case works with. */
export interface World {
  readonly flavour: Flavour
  readonly client: ConformanceClient
  readonly probe: Probe
  /** What the server wrote to its log. */
  readonly log: RecordingLog
  /** Another client, with a connection of its own; closed behind the case. */
  connect(options?: ClientOptions): ConformanceClient
  /** Calls past every client, with whatever a stranger might send. */
  readonly invoke: Invoke
  /** Closes the server; again: the same promise. */
  closeServer(): Promise<void>
}

/** One promise of every transport. */
export interface ConformanceCase {
  readonly topic: string
  /** Says the behaviour; no two cases have the same. */
  readonly name: string
  /** What a transport must be capable of for it. */
  readonly needs?: readonly Capability[]
  /** The clients that it makes sense for, when not all; `once` is for cases of the server, whatever its client knows. */
  readonly clients?: readonly Flavour[] | 'once'
  readonly server?: StartOptions
  readonly client?: ClientOptions
  /** How long it may take in ms, when the subject itself takes long. */
  readonly timeoutMs?: number
  run(world: World): Promise<void>
}

/** Runs one case over a transport with one sort of client; rejects where the promise is not kept. */
export async function runCase(harness: Harness, one: ConformanceCase, flavour: Flavour): Promise<void> {
  const probe = createProbe()
  const log = recordingLog()
  const limits = one.server?.limits ?? {}
  const app = conformanceApp({ probe, log, limits, self: () => client })
  const running = await harness.start(app, { graceMs: 100, ...one.server })
  const clients: ConformanceClient[] = []
  const connect = (options?: ClientOptions): ConformanceClient => {
    const made = running.connect(flavour, options)
    clients.push(made)
    return made
  }
  const client = connect(one.client)
  let channel: Promise<Channel> | undefined
  let closing: Promise<void> | undefined
  const closeServer = (): Promise<void> => (closing ??= running.close())
  try {
    await one.run({
      flavour,
      client,
      probe,
      log,
      connect,
      closeServer,
      invoke: async (call) => (await (channel ??= running.channel())).invoke(call),
    })
  } finally {
    await Promise.all(clients.map((made) => made.close()))
    await (await channel)?.close()
    await closeServer()
  }
}

/** Why a harness does not run a case, if it does not. */
export function whyNot(harness: Harness, one: ConformanceCase): string | undefined {
  const { cannot = {} } = harness
  return [one.name, ...(one.needs ?? [])].map((key) => cannot[key]).find((reason) => reason !== undefined)
}

/** The clients with which a harness runs a case. */
export function flavoursOf(harness: Harness, one: ConformanceCase): readonly Flavour[] {
  if (one.clients === 'once') return harness.flavours.slice(0, 1)
  return harness.flavours.filter((flavour) => one.clients?.includes(flavour) ?? true)
}
