/**
 * What the client for browsers loads when a `ws://` address is first used. The client is in it as well, for bundlers that
 * put what two files share into a third (esbuild): that third is then the whole client, where it would be one half of
 * it, and what is packed as a whole is smaller than its halves.
 */
export { ws } from './transports/ws/web.ts'
/** @public */
export { createClient } from './browser.ts'
