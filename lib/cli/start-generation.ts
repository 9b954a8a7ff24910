import cluster from 'node:cluster'
import process from 'node:process'
import {
  isOurs,
  type GenerationFailure,
  type GenerationMessage,
  type GenerationOrder,
} from './generation-message.ts'

/** How long a generation may take to end beside the grace period of its calls before it is killed, in ms. */
const patienceMs = 5_000

/** A process that runs an app, or will. */
export interface Generation {
  /** Loads the app and serves it. Until then it only gets ready to. */
  serve(events: GenerationEvents): void
  /** Lets its calls finish and ends it; one that has not even loaded its app ends at once. */
  stop(): void
  kill(): void
}

/** What is heard of a generation. */
export interface GenerationEvents {
  onFile(file: string): void
  onServing(banner: readonly string[]): void
  /** It ends by itself then. `isLoaded`: its app had been loaded, and could not start. */
  onFailed(failure: GenerationFailure, isLoaded: boolean): void
  onGone(exitCode: number | null): void
}

/**
 * Starts this very command once more, as a worker of Node's cluster: the port that it listens at belongs to the process that
 * calls this, so that one generation takes it over from another and no connection is refused. A worker ends with its parent.
 * @see https://nodejs.org/api/cluster.html#how-it-works
 */
export function startGeneration(graceMs = 10_000): Generation {
  // Otherwise this process would accept connections and hand them on, and lose what a generation that ends has not yet taken.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  cluster.setupPrimary({ exec: process.argv[1]!, args: process.argv.slice(2) })
  const worker = cluster.fork()
  const order = (microapi: GenerationOrder['microapi']): void => void worker.send({ microapi })
  const kill = (): void => void worker.process.kill('SIGKILL')
  let events: GenerationEvents | undefined
  let isReady = false
  let isLoaded = false
  let timer: ReturnType<typeof setTimeout> | undefined
  worker.on('message', (message: unknown) => {
    if (!isOurs(message)) return
    const said = message as GenerationMessage
    if (said.microapi === 'ready') {
      isReady = true
      // What is sent before it listens would be lost.
      if (events) order('serve')
    } else if (said.microapi === 'file') events?.onFile(said.file)
    else if (said.microapi === 'loaded') isLoaded = true
    else if (said.microapi === 'serving') events?.onServing(said.banner)
    else events?.onFailed(said, isLoaded)
  })
  // It is gone before it can be told: `exit` says so.
  worker.on('error', () => {})
  worker.on('exit', (exitCode) => {
    clearTimeout(timer)
    events?.onGone(exitCode)
  })
  return {
    kill,
    serve(hear) {
      events = hear
      if (isReady) order('serve')
      if (worker.isDead()) process.nextTick(hear.onGone, worker.process.exitCode)
    },
    stop() {
      if (!isLoaded) return kill()
      order('stop')
      timer ??= setTimeout(kill, graceMs + patienceMs)
    },
  }
}
