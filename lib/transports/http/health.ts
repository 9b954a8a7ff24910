import type { Description } from '../../core/transport.ts'

/** Paths that answer GET; the Python package has the first, orchestrators ask the others. */
export const healthPaths = ['/health', '/live', '/ready'] as const

/** The answer to a health check, or undefined for another path. `/ready` is false while the server starts or drains. */
export function health(
  path: string,
  describe: Description | undefined,
): { readonly status: number; readonly body: object } | undefined {
  if (!(healthPaths as readonly string[]).includes(path)) return undefined
  const ready = path !== '/ready' || describe === undefined || describe.ready()
  return ready ? { status: 200, body: { status: 'ok' } } : { status: 503, body: { status: 'not ready' } }
}
