/** The HTTP transport where there is no Node: `fetch` calls, and a fetch handler serves. */
export { http } from './fetch-client.ts'
export { fetchHandler } from './fetch-handler.ts'
export type { HttpOptions } from './options.ts'
