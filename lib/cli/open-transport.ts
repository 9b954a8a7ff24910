import type { Registry } from '../core/registry.ts'
import type { Transport } from '../core/transport.ts'
import { failure, oneLine, wrongUsage } from './failure.ts'

/** Opens the transport of a URL that a command line names. Throws a CommandError that names the way out. */
export async function openTransport(registry: Registry, url: string): Promise<Transport> {
  try {
    return await registry.open(url)
  } catch (error) {
    // A TypeError is about what stands in the URL; anything else about what is installed.
    throw error instanceof TypeError ? wrongUsage(oneLine(error)) : failure(oneLine(error), error)
  }
}
