import type { Reply } from '../core/call.ts'
import { forkCall } from '../core/create-call.ts'
import { RpcError } from '../core/errors.ts'
import type { Channel } from '../core/transport.ts'
import type { Runtime } from './runtime.ts'

const peer = { transport: 'memory' }

/**
 * A channel to an app in the same process. Its first call starts the app if nobody has, and then `close` stops it;
 * an app that a server has started is only borrowed.
 */
export function connectInProcess(runtime: Runtime): Channel {
  const { lifecycle } = runtime
  const guard = runtime.guard()
  const connection = {}
  let starting: Promise<void> | undefined

  const start = (): Promise<void> => {
    starting ??= lifecycle.start().catch((error: unknown) => {
      starting = undefined
      throw error
    })
    return starting
  }

  return {
    invoke(call) {
      const fork = (): Promise<Reply> => guard.invoke(forkCall(call, peer, connection))
      return lifecycle.started ? fork() : start().then(fork)
    },
    async close() {
      const idle = guard.drain()
      guard.abort(new RpcError('CANCELLED', 'the client was closed'))
      if (starting === undefined) return
      await idle
      await starting
      starting = undefined
      await lifecycle.stop()
    },
  }
}
