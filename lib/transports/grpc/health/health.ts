import { rpc } from '../../../core/builder.ts'
import { RpcError } from '../../../core/errors.ts'
import { defineService } from '../../../core/service.ts'
import type { Description, ServiceTable } from '../../../core/transport.ts'
import { HealthRequest, HealthResponse } from './messages.ts'

type Status = 'SERVING' | 'NOT_SERVING' | 'SERVICE_UNKNOWN'

/**
 * `grpc.health.v1.Health`: whether the server takes calls. A service may be asked for by the name that it has here or in
 * its .proto, which are the `protoNames`; all have the state of the server.
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export function healthService(describe: Description, protoNames: readonly string[]): ServiceTable[string] {
  const known = new Set(['', ...describe.methods.map(({ service }) => service), ...protoNames])
  const statusOf = (service: string): Status => {
    if (!known.has(service)) return 'SERVICE_UNKNOWN'
    return describe.ready() ? 'SERVING' : 'NOT_SERVING'
  }
  return defineService(
    {
      Check: rpc.unary(HealthRequest, HealthResponse, ({ service }) => {
        const status = statusOf(service)
        if (status === 'SERVICE_UNKNOWN')
          throw new RpcError('NOT_FOUND', `there is no service ${JSON.stringify(service)} here`)
        return { status }
      }),
      Watch: rpc.serverStream(HealthRequest, HealthResponse, async function* ({ service }, { signal }) {
        let wake = (): void => {}
        const stop = describe.onReady(() => wake())
        signal.addEventListener('abort', () => wake(), { once: true })
        let told: Status | undefined
        try {
          while (!signal.aborted) {
            // Made before the status is read: no change falls between the two.
            const changed = new Promise<void>((resolve) => (wake = resolve))
            const status = statusOf(service)
            if (status !== told) yield { status: (told = status) }
            await changed
          }
        } finally {
          stop()
        }
      }),
    },
    { proto: { package: 'grpc.health.v1', service: 'Health' } },
  )
}
