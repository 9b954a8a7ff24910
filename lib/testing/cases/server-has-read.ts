import { fails } from '../assert.ts'
import type { ConformanceClient } from '../contract.ts'

/**
 * Resolves once the server has read whatever was sent before, which a client that gives up a call does not wait for.
 * A call with too much metadata is refused at once, whatever else waits.
 */
export async function serverHasRead(client: ConformanceClient): Promise<void> {
  const metadata = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`x-${i}`, 'y']))
  await fails(() => client.values.nothing(undefined, { metadata }), { code: 'RESOURCE_EXHAUSTED' })
}
