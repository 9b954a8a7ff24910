import type { Call, Invoke } from '../core/call.ts'
import { forkCall } from '../core/create-call.ts'
import { RpcError } from '../core/errors.ts'
import { markNeverRan } from '../core/never-ran.ts'
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
      const running = new Set<Call>()
      return {
        async invoke(call) {
          if (!served) throw markNeverRan(new RpcError('UNAVAILABLE', 'nobody serves this memory()'))
          running.add(call)
          call.lifetime.onFinish(() => running.delete(call))
          return served(forkCall(call, peer, connection))
        },
        async close() {
          for (const call of running) call.lifetime.cancel(new RpcError('CANCELLED', 'the client was closed'))
        },
      }
    },
  }
}
