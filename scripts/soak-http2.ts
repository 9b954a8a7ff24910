/**
 * `npm run soak:http2 -- --minutes 30`: a server and a client of lib/http2, a process each, at half of what they can do.
 * Unary calls, streams both ways and cancels. Ends with 1 where the heap grows, a call fails or a handle is left.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { connect, createServer, readStream, type Http2Stream } from 'microapi-ts/http2'

const longestPauseMs = 30_000
/** Growth of either heap that is too much, and how long a run must be for its slope to mean something. */
const [mostSlope, leastMinutes] = [1, 10]

/** What a process says when it is asked for a sample. */
interface Sample {
  readonly heap: number
  readonly rss: number
  readonly handles: number
  readonly calls: number
  readonly cancels: number
  readonly errors: readonly string[]
}

/**
 * Orders to the processes, one answer each. `pause` is answered when no call is open, so that samples hold none;
 * `close` by the handles that are left.
 */
type Order = { readonly rate: number } | 'measure' | 'pause' | 'sample' | 'close'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    role: { type: 'string', default: 'main' },
    port: { type: 'string' },
  },
})
if (values.role === 'server') await runServer()
else if (values.role === 'client') runClient(`http://127.0.0.1:${values.port}`)
else await main(Number(values.minutes))

async function main(minutes: number): Promise<void> {
  const server = start('--role', 'server')
  const { port } = await server.heard<{ port: number }>()
  const client = start('--role', 'client', '--port', String(port))
  try {
    const full = await client.ask<number>('measure')
    const rate = Math.round(full / 2)
    console.log(`full rate ${Math.round(full)} calls/s; ${minutes} min at ${rate} calls/s`)
    await client.ask({ rate })
    const began = performance.now()
    const points: { at: number; server: number; client: number }[] = []
    const errors: string[] = []
    while (performance.now() - began < minutes * 60_000) {
      await after(Math.min(longestPauseMs, minutes * 6_000))
      await client.ask('pause')
      const [one, two] = await Promise.all([server.ask<Sample>('sample'), client.ask<Sample>('sample')])
      await client.ask({ rate })
      const at = (performance.now() - began) / 3_600_000
      points.push({ at, server: one.heap, client: two.heap })
      errors.push(...one.errors, ...two.errors)
      console.log(
        `${(at * 60).toFixed(1)} min: ${two.calls} calls, ${two.cancels} cancels, ${errors.length} errors`,
      )
      console.log(`  server ${told(one)}; client ${told(two)}`)
    }
    const left = [await client.ask<string[]>('close'), await server.ask<string[]>('close')]
    judge(points, errors, left.flat(), minutes)
  } finally {
    await Promise.all([client.stop(), server.stop()])
  }
}

function judge(
  points: readonly { at: number; server: number; client: number }[],
  errors: readonly string[],
  left: readonly string[],
  minutes: number,
): void {
  // The first tenth is warm-up.
  const steady = points.slice(Math.ceil(points.length / 10))
  const slopes = (['server', 'client'] as const).map((who) => slope(steady.map((one) => [one.at, one[who]])))
  console.log(`heap slope: server ${slopes[0]!.toFixed(2)} MB/h, client ${slopes[1]!.toFixed(2)} MB/h`)
  console.log(`handles left after close: ${left.length === 0 ? 'none' : left.join(', ')}`)
  for (const error of new Set(errors)) console.log(`error: ${error}`)
  const grows = minutes >= leastMinutes && slopes.some((one) => !(one < mostSlope))
  if (minutes < leastMinutes) console.log(`under ${leastMinutes} minutes the slope is not judged`)
  if (grows || left.length > 0 || errors.length > 0) process.exitCode = 1
  console.log(process.exitCode ? 'FAILED' : 'passed')
}

/** Least squares: how much y grows with x. */
function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (of: 0 | 1): number => points.reduce((sum, one) => sum + one[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const both = points.reduce((sum, one) => sum + (one[0] - x) * (one[1] - y), 0)
  return both / points.reduce((sum, one) => sum + (one[0] - x) ** 2, 0)
}

function told(one: Sample): string {
  return `heap ${one.heap.toFixed(2)} MB, RSS ${one.rss.toFixed(0)} MB, ${one.handles} handles`
}

/** A process of this file, which answers orders. */
function start(...args: readonly string[]) {
  const node = ['--expose-gc', '--import', 'tsx', fileURLToPath(import.meta.url), ...args]
  const child: ChildProcess = spawn(process.execPath, node, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const exited = new Promise<never>((_, reject) =>
    child.once('exit', (code, signal) => reject(new Error(`the ${args[1]} ended with ${code ?? signal}`))),
  )
  exited.catch(() => {})
  const heard = <T>(): Promise<T> =>
    Promise.race([
      new Promise<T>((resolve) => child.once('message', (message) => resolve(message as T))),
      exited,
    ])
  return {
    heard,
    ask<T>(order: Order): Promise<T> {
      const answer = heard<T>()
      child.send(order)
      return answer
    },
    async stop() {
      child.kill('SIGKILL')
      await exited.catch(() => {})
    },
  }
}

/** Lets a process answer orders; what the other side of the IPC channel hears is a handle of its own. */
function answerOrders(answer: (order: Order) => unknown): void {
  process.on(
    'message',
    (order: Order) => void Promise.resolve(answer(order)).then((said) => process.send!(said)),
  )
}

async function sample(facts: Pick<Sample, 'calls' | 'cancels' | 'errors'>): Promise<Sample> {
  for (let i = 0; i < 3; i++) {
    gc!()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external, rss } = process.memoryUsage()
  const MB = 1024 * 1024
  return { heap: (heapUsed + external) / MB, rss: rss / MB, handles: handles().length, ...facts }
}

/** Sockets, servers and timers; not the channel to the main process, nor where it prints. */
function handles(): string[] {
  return process.getActiveResourcesInfo().filter((name) => /TCP|TLS|Timeout|Immediate/.test(name))
}

/** What is left when everything was closed: a socket's own end comes a moment later. */
async function handlesLeft(): Promise<string[]> {
  for (let i = 0; i < 100 && handles().length > 0; i++) await after(20, undefined, { ref: false })
  return handles()
}

async function runServer(): Promise<void> {
  const piece = Buffer.alloc(10_000, 'x')
  const errors: string[] = []
  const server = createServer(
    (stream) => {
      const { path } = stream.headers!
      stream.respond({ ':status': 200, 'content-type': 'application/octet-stream' })
      if (path === '/unary') stream.listener = { onEnd: () => stream.end('{"an":"answer"}') }
      else if (path === '/download') send(stream, piece, 20, () => stream.sendTrailers({ 'x-status': '0' }))
      else if (path === '/upload') stream.listener = { onEnd: () => stream.sendTrailers({ 'x-status': '0' }) }
      else stream.write(piece)
    },
    {
      onConnectionError: (error) => errors.push(error.message),
      onFault: (error) => errors.push(String(error)),
    },
  )
  const { port } = await server.listen()
  answerOrders(async (order) => {
    if (order === 'sample') return sample({ calls: 0, cancels: 0, errors: errors.splice(0) })
    await server.close()
    return handlesLeft()
  })
  process.send!({ port })
}

/** Writes a piece so many times, as fast as it leaves. */
function send(stream: Http2Stream, piece: Buffer, times: number, done: () => void): void {
  let left = times
  const more = (): void => {
    while (left > 0) {
      left--
      if (!stream.write(piece)) return
    }
    stream.listener = { ...stream.listener, onDrain: () => {} }
    done()
  }
  stream.listener = { ...stream.listener, onDrain: more }
  more()
}

function runClient(url: string): void {
  const piece = Buffer.alloc(10_000, 'y')
  const errors: string[] = []
  const client = connect(url, { onConnectionError: (error) => errors.push(error.message) })
  const facts = { calls: 0, cancels: 0 }
  let number = 0

  const expected: Readonly<Record<string, number>> = { '/unary': 15, '/download': 200_000, '/upload': 0 }
  const call = async (): Promise<void> => {
    // Of 50 calls one is a download, one an upload and two are cancelled.
    const path = { 7: '/download', 17: '/upload', 27: '/hold', 37: '/hold' }[number++ % 50] ?? '/unary'
    const stream = client.request({
      ':method': 'POST',
      ':scheme': 'http',
      ':authority': 'soak',
      ':path': path,
    })
    const reader = readStream(stream)
    if (path === '/upload') send(stream, piece, 20, () => stream.end())
    else if (path !== '/hold') stream.end('{"a":"question"}')
    try {
      let size = 0
      for await (const octets of reader) {
        size += octets.length
        // Leaving the loop resets the stream.
        if (path === '/hold') break
      }
      if (path === '/hold') facts.cancels++
      else if (size !== expected[path]) errors.push(`${path} gave ${size} octets`)
      facts.calls++
    } catch (error) {
      errors.push(String(error))
    }
  }

  /** So many calls at once, each followed by the next, for so long; returns calls a second. */
  const measure = async (atOnce: number, ms: number): Promise<number> => {
    const [began, before] = [performance.now(), facts.calls]
    const worker = async (): Promise<void> => {
      while (performance.now() - began < ms) await call()
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
    return (facts.calls - before) / ((performance.now() - began) / 1_000)
  }

  let pace: ReturnType<typeof setInterval> | undefined
  let open = 0
  let onNone = (): void => {}
  const keepPace = (rate: number): void => {
    const began = performance.now()
    let made = 0
    pace = setInterval(() => {
      const due = ((performance.now() - began) / 1_000) * rate
      // What a slow moment left out is not made up for all at once.
      if (due - made > rate) made = due - rate
      for (; made < due && open < 1_000; made++) {
        open++
        void call().finally(() => --open || onNone())
      }
    }, 5)
  }
  const pause = async (): Promise<true> => {
    clearInterval(pace)
    if (open > 0) await new Promise<void>((resolve) => (onNone = resolve))
    return true
  }
  answerOrders(async (order) => {
    if (order === 'measure') {
      await measure(64, 2_000)
      return measure(64, 3_000)
    }
    if (order === 'sample') return sample({ ...facts, errors: errors.splice(0) })
    if (order === 'pause') return pause()
    if (order !== 'close') {
      keepPace(order.rate)
      return true
    }
    await pause()
    await client.close()
    return [...(await handlesLeft()), ...errors.map((error) => `error: ${error}`)]
  })
}
