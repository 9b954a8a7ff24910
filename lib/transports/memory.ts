import type { Invoke } from '../core/call.ts'
import { forkCall } from '../core/create-call.ts'
import { RpcError } from '../core/errors.ts'
import type { Transport } from '../core/transport.ts'

const peer = { transport: 'memory' }

/**
 * The identity: what one side serves, the other calls, with nothing between them but the call itself.
 * @example const link = memory(); await serve(app, link); const client = createClient<typeof app>(link)
 */
export function memory(): Transport {
  let served: Invoke | undefined
  return {
    schemes: [],
    async serve(invoke) {
      if (served) throw new TypeError('this memory() serves already; make one for each server')
      served = invoke
      const end = (): void => {
        if (served === invoke) served = undefined
      }
      return { url: 'memory:', stop: () => {}, close: async () => end() }
    },
    async connect() {
      const connection = {}
      return {
        async invoke(call) {
          if (!served) throw new RpcError('UNAVAILABLE', 'nobody serves this memory()')
          return served(forkCall(call, peer, connection))
        },
        close: async () => {},
      }
    },
  }
}
