import { RpcError } from '../../../core/errors.ts'
import { markNeverRan } from '../../../core/never-ran.ts'
import { failureToSend } from '../connection/failure.ts'
import type { KafkaLike } from '../connection/kafka-like.ts'
import type { KafkaSettings } from '../options.ts'
import { letterOf, type Letter, type Outgoing, type Sent } from './letter.ts'
import { createLines } from './lines.ts'
import { createOutbox } from './outbox.ts'
import { createRoutes } from './routes.ts'
import { createSender, type Sender } from './sender.ts'

/** Messages on their way to the brokers, over one idempotent producer. */
export interface Publisher {
  /**
   * Sends a message, behind those of its partition that were sent before. `sent` is told once, later: no error when all
   * replicas in sync have it, else why not, and `place`, which is 0 unless told. A code other than UNAVAILABLE says that it
   * is not there. The topic must exist: none is made. Never throws.
   */
  send(outgoing: Outgoing, sent?: Sent, place?: number): void
  /** What is not confirmed, in bytes. */
  readonly buffered: number
  /** Resolves when nothing is on its way. */
  flush(): Promise<void>
  /** Takes no more, waits 5 s for what is on its way, fails what is left, and disconnects. */
  close(): Promise<void>
}

/** How long a message may take where brokers come and go, in ms; then it fails with UNAVAILABLE. */
const defaultPatienceMs = 30_000

/** How long `close` waits, in ms. */
const flushMs = 5_000

/** Connects, which takes `connectTimeoutMs` at most. Rejects with an RpcError where nobody answers, or not as it should. */
export async function openPublisher(
  kafka: KafkaLike,
  settings: KafkaSettings,
  { patienceMs = defaultPatienceMs }: { readonly patienceMs?: number } = {},
): Promise<Publisher> {
  const { address } = settings
  const retired = new Set<Sender>()
  let idle: (() => void)[] = []
  let buffered = 0
  let count = 0
  let isClosed = false
  let isOver = false

  const settle = (letter: Letter, error?: RpcError): void => {
    buffered -= letter.bytes
    count--
    letter.sent?.(error, letter.place)
    if (count > 0) return
    const told = idle
    idle = []
    for (const tell of told) tell()
  }
  const newSender = (): Sender => createSender(kafka, settings, routes.learn)
  const retire = (old: object): void => {
    if (isOver) return void (old as Sender).close()
    retired.add(old as Sender)
    if (old === sender) sender = newSender()
  }
  const routes = createRoutes(kafka, settings, (topic, failure) => outbox.heard(topic, failure))
  const lines = createLines(
    {
      routes,
      current: () => sender,
      retire,
      settle,
      stray: (lane, partitions) => outbox.stray(lane, partitions),
    },
    settings,
  )
  const outbox = createOutbox({ address, routes, wake: lines.wake, settle })
  const late = (topic: string): RpcError =>
    failureToSend(address, topic, new Error(`no broker has confirmed it in ${patienceMs} ms`))
  const sweep = (): void => {
    const now = Date.now()
    lines.giveUp(now, late)
    outbox.expire(now, late, retire)
    for (const old of retired) {
      if (outbox.holds(old) || lines.uses(old)) continue
      retired.delete(old)
      void old.close()
    }
  }

  // What comes in one turn is placed together, when whoever sends it has said what else belongs to it.
  let arriving: Letter[] = []
  const arrive = (): void => {
    const letters = arriving
    arriving = []
    for (const letter of letters) outbox.place(letter)
  }

  let sender = newSender()
  await sender.ready()
  const sweeping = setInterval(
    () => count + retired.size > 0 && sweep(),
    Math.min(1_000, Math.ceil(patienceMs / 4)),
  )
  sweeping.unref()
  const flush = (): Promise<void> =>
    count === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))

  return {
    send(outgoing, sent, place = 0) {
      if (isClosed) {
        const error = markNeverRan(new RpcError('UNAVAILABLE', `${address}: nothing is sent any more`))
        return queueMicrotask(() => sent?.(error, place))
      }
      const letter = letterOf(outgoing, { deadline: Date.now() + patienceMs, sent, place })
      buffered += letter.bytes
      count++
      if (arriving.push(letter) === 1) queueMicrotask(arrive)
    },
    get buffered() {
      return buffered
    },
    flush,
    async close() {
      if (isClosed) return
      isClosed = true
      let timer: ReturnType<typeof setTimeout> | undefined
      await Promise.race([flush(), new Promise((resolve) => (timer = setTimeout(resolve, flushMs)))])
      clearTimeout(timer)
      clearInterval(sweeping)
      isOver = true
      lines.close()
      const unsent = (topic: string): RpcError =>
        failureToSend(address, topic, new Error(`closed before it was confirmed`))
      lines.giveUp(Infinity, unsent)
      outbox.expire(Infinity, unsent, () => {})
      await Promise.all([sender, ...retired].map((one) => one.close()))
    },
  }
}
