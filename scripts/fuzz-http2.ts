/**
 * `npm run fuzz:http2 -- --seeds 1000 --inputs 100000 --cases 5000 --from 1`: more of what the specs of lib/http2 run a
 * few of. Seeds are simulations, inputs are damaged conversations, cases go to node:http2 as well. Without a number
 * 2,000 simulations and 100,000 inputs are run. Says what failed, by seed, and ends with 1 then.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { compare } from '../spec/http2/fuzz/compare.ts'
import { fuzz } from '../spec/http2/fuzz/fuzz.ts'
import { nodePeer, ourPeer } from '../spec/http2/fuzz/peers.ts'
import { playSeed } from '../spec/http2/simulation/play-seed.ts'

const peerArgument = 'node-peer'
const mostShown = 20
let failures = 0

if (process.argv[2] === peerArgument) process.send!((await nodePeer()).port)
else await main()

async function main(): Promise<void> {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { seeds: text, inputs: text, cases: text, from: text } })
  const from = Number(values.from ?? 1)
  const chosen = values.seeds ?? values.inputs ?? values.cases
  await run('simulations', from, Number(values.seeds ?? (chosen ? 0 : 2_000)), playSeed)
  const verdicts = new Map<string, number>()
  await run('inputs', from, Number(values.inputs ?? (chosen ? 0 : 100_000)), (seed) => {
    const verdict = fuzz(seed)
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  })
  for (const [verdict, count] of [...verdicts].toSorted((a, b) => b[1] - a[1]))
    console.log(`  ${verdict}: ${count}`)
  if (values.cases) await runCases(from, Number(values.cases))
  process.exit(failures > 0 ? 1 : 0)
}

async function run(what: string, from: number, count: number, one: (seed: number) => unknown): Promise<void> {
  if (count === 0) return
  const start = performance.now()
  for (let seed = from; seed < from + count; seed++) {
    try {
      await one(seed)
    } catch (error) {
      if (++failures <= mostShown) console.error(`${what}, seed ${seed}: ${(error as Error).message}`)
    }
  }
  const seconds = ((performance.now() - start) / 1_000).toFixed(1)
  console.log(
    `${count} ${what}, seeds ${from} to ${from + count - 1}: ${failures} failures so far, ${seconds} s`,
  )
}

/** In a process of its own: node:http2 has assertions that some cases break. */
async function runCases(from: number, count: number): Promise<void> {
  const ours = await ourPeer()
  let crashes = 0
  let child: ChildProcess | undefined
  let port = 0
  await run('cases', from, count, async (seed) => {
    if (!child) {
      child = fork(fileURLToPath(import.meta.url), [peerArgument], { stdio: 'ignore' })
      child.once('exit', () => {
        child = undefined
        crashes++
      })
      port = ((await once(child, 'message')) as [number])[0]
    }
    const { others } = await compare(seed, ours, { port, close: () => Promise.resolve() })
    if (others.length === 0) return
    // Its end may be heard of later than that of its sockets.
    if (others.some((text) => text.endsWith('node:http2: closed ')) && (await isGone(port))) return
    throw new Error(others.join('; '))
  })
  console.log(`  node:http2 crashed ${crashes} times`)
  child?.kill()
}

async function isGone(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`)
    return false
  } catch (error) {
    return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNREFUSED'
  }
}
