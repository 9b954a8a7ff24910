import type { LoadRequest } from './peer.ts'
import type { Count } from './slice.ts'

/** Requests a second that a server answers to autocannon, which stands on raw sockets and costs less than any client. */
export const loadFor = async (
  url: string,
  load: LoadRequest,
  connections: number,
  ms: number,
): Promise<Count> => {
  const { default: autocannon } = await import('autocannon')
  const { method, path, headers = {}, body } = load
  const request = { url: url + path, method, headers, ...(body === undefined ? {} : { body }) }
  const result = await autocannon({ ...request, connections, duration: ms / 1e3, sampleInt: 100 })
  const failed = result.errors + result.non2xx
  if (failed > 0) throw new Error(`${failed} of ${result.requests.total} requests failed`)
  return { figure: result['2xx'] / result.duration, done: result['2xx'] }
}
