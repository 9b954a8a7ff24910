import type { BlockOctets } from './block-cache.ts'
import { checkBlock, type Malformed } from './check-block.ts'
import type { Http2ErrorCode } from './error.ts'
import type { HeaderBlock } from './header-block.ts'
import type { ConnectionState } from './state.ts'

/** What is wrong with a header block, so that its stream has to end. */
export interface BadBlock {
  readonly code: Http2ErrorCode
  readonly problem: string
}

/** The list that a block's octets stand for: from the cache, or decoded and checked. Throws an HpackError where that cannot be. */
export function readBlock(c: ConnectionState, octets: BlockOctets): HeaderBlock | BadBlock {
  const { buffer, start, end } = octets
  const { decoder, blocks, settings } = c
  // After a smaller table was agreed on, the next block has to begin with its size, and is worth no look.
  const known = decoder.updateRequired ? undefined : blocks.find(buffer, start, end, decoder.generation)
  if (known) return known
  const fields = decoder.decode(buffer, start, end, settings.maxHeaderListSize, settings.maxHeaderFields)
  if (!fields) return tooLarge(c)
  const block = checkBlock(fields, decoder.neverIndexed, settings.lineBreaksInValues)
  if (isMalformed(block)) return { code: 'PROTOCOL_ERROR', problem: block.malformed }
  if (!decoder.changed) blocks.keep(octets, block, decoder.usedDynamic ? decoder.generation : -1)
  return block
}

/** Whether the stream has to end because of its headers. */
export function isBad(block: HeaderBlock | BadBlock): block is BadBlock {
  return 'problem' in block
}

function isMalformed(block: HeaderBlock | Malformed): block is Malformed {
  return 'malformed' in block
}

function tooLarge({ settings }: ConnectionState): BadBlock {
  const problem = `a header list of more than ${settings.maxHeaderListSize} octets (maxHeaderListSize) or ${settings.maxHeaderFields} fields (maxHeaderFields)`
  return { code: 'ENHANCE_YOUR_CALM', problem }
}
