import type { Call, Invoke, Reply } from '../core/call.ts'
import { forkCall } from '../core/create-call.ts'
import { RpcError } from '../core/errors.ts'
import { isIterable, iterate } from '../core/iterate.ts'
import { markNeverRan } from '../core/never-ran.ts'
import type { Description, MethodDescription, Transport } from '../core/transport.ts'

const peer = { transport: 'memory' }

/**
 * The identity: what one side serves, the other calls, with nothing between them but the call itself.
 * @example const link = memory(); await serve(app, link); const client = createClient<typeof app>(link)
 */
export function memory(): Transport {
  let served: Invoke | undefined
  let described: Description | undefined
  return {
    schemes: [],
    async serve(invoke, describe) {
      if (served) throw new TypeError('this memory() serves already; make one for each server')
      served = invoke
      described = describe
      const end = (): void => {
        if (served === invoke) served = undefined
      }
      return { url: 'memory:', stop: () => {}, close: async () => end() }
    },
    async connect(describe) {
      const connection = {}
      const running = new Set<Call>()
      return {
        async invoke(call) {
          if (!served) throw markNeverRan(new RpcError('UNAVAILABLE', 'nobody serves this memory()'))
          running.add(call)
          call.lifetime.onFinish(() => running.delete(call))
          const reply = await served(forkCall(call, peer, connection))
          return describe ? reply : inJson(call, reply, described?.find(call.service, call.method))
        },
        async close() {
          for (const call of running) call.lifetime.cancel(new RpcError('CANCELLED', 'the client was closed'))
        },
      }
    },
  }
}

/** A client that knows no schema is promised what JSON carries; bytes have stayed bytes until here. */
function inJson(call: Call, reply: Reply, method: MethodDescription | undefined): Reply {
  const map = method?.compiled.output.toJson
  if (!map) return reply
  const { output } = reply
  if (!isIterable(output)) return { ...reply, output: map(output) }
  return { ...reply, output: iterate(output, { map, abort: (abort) => call.lifetime.onCancel(abort) }) }
}
