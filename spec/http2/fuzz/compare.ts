import { preface } from '../../../lib/http2/protocol.ts'
import { FrameReader } from '../simulation/frames.ts'
import { connectionDifferences, streamDifferences, type Pair } from './allowed.ts'
import { makeCase, probe } from './cases.ts'
import { ask, type Peer } from './peers.ts'

/** Which allowed differences there were, and which others. */
export interface Comparison {
  readonly allowed: readonly string[]
  readonly others: readonly string[]
}

/** Sends the same damaged connection to both servers and compares what they make of it. */
export async function compare(seed: number, ours: Peer, node: Peer): Promise<Comparison> {
  const { octets } = makeCase(seed)
  const frames = new FrameReader(preface.length).read(octets)
  const [mine, theirs] = await Promise.all([ask(ours.port, octets, probe), ask(node.port, octets, probe)])
  const pair: Pair = { ours: mine, node: theirs, frames }
  const allowed: string[] = []
  const others: string[] = []
  const lives = mine.connection === 'alive'
  if (mine.connection === 'silent') others.push('ours neither answers nor closes')
  if (lives !== (theirs.connection === 'alive')) {
    const found = connectionDifferences.find(({ when }) => when(pair))
    if (found) allowed.push(found.because)
    else
      others.push(
        `ours: ${mine.connection} ${mine.reason}; node:http2: ${theirs.connection} ${theirs.reason}`,
      )
  } else if (lives) {
    for (const id of new Set([...Object.keys(mine.streams), ...Object.keys(theirs.streams)].map(Number))) {
      if (kindOf(mine.streams[id]) === kindOf(theirs.streams[id])) continue
      const found = streamDifferences.find(({ when }) => when(pair, id))
      if (found) allowed.push(found.because)
      else others.push(`stream ${id}: ours ${mine.streams[id]}; node:http2 ${theirs.streams[id]}`)
    }
  }
  return { allowed, others }
}

// Codes are not compared: where there are several mistakes in a frame, either may be named.
function kindOf(verdict: string | undefined): string {
  return verdict === undefined || verdict === 'answered' ? (verdict ?? 'nothing') : 'reset'
}
