import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectionDifferences } from './allowed.ts'
import { compare } from './compare.ts'
import { nodePeer, ourPeer, type Peer } from './peers.ts'

const only = process.env['SEED']
const cases = only === undefined ? Number(process.env['CASES'] ?? 600) : 1
const first = Number(only ?? 1)
/** Cases that have found something: an :authority that is none. */
const telling = [1590, 1592, 3104]

let ours: Peer
let node: Peer
beforeAll(async () => {
  ours = await ourPeer()
  node = await nodePeer()
})
afterAll(async () => {
  await node.close()
  await ours.close()
})

it(
  `${cases} damaged connections fare as with node:http2, or as the RFC says`,
  { timeout: 120_000 },
  async () => {
    const seen = new Set<string>()
    for (let seed = first; seed < first + cases; seed++)
      for (const reason of await check(seed)) seen.add(reason)
    // The list says nothing that does not happen; its rarest entries take more cases.
    if (only === undefined)
      expect(connectionDifferences.filter(({ because }) => seen.has(because)).length).toBeGreaterThan(5)
  },
)

it.each(telling)('case %i, which has found something', async (seed) => {
  await check(seed)
})

async function check(seed: number): Promise<readonly string[]> {
  const { allowed, others } = await compare(seed, ours, node)
  expect(others, `SEED=${seed} npx vitest run spec/http2/fuzz/differential.spec.ts`).toEqual([])
  return allowed
}
