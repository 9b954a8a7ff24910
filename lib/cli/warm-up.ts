import { publicApi } from './public-api.ts'

/** What serves each scheme. */
const servers: Readonly<Record<string, () => Promise<unknown>>> = {
  http: () => import('../transports/http/server.ts'),
  ws: () => import('../transports/ws/server.ts'),
  grpc: () => import('../transports/grpc/server.ts'),
}

/**
 * Loads what an app will need and no change of it alters: this package and its libraries. What is not to be had is told where it
 * is used.
 */
export async function warmUp(file: string, urls: readonly string[]): Promise<void> {
  const parts = urls.map((url) => servers[url.split(':', 1)[0]!]?.())
  const typescript = /\.[cm]?tsx?$/.test(file) ? [import('tsx/esm/api'), import('tsx/cjs/api')] : []
  await Promise.allSettled([publicApi(), ...parts, ...typescript])
}
