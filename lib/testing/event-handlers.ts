import { rpc } from '../core/builder.ts'
import { conformanceContract as contract } from './contract.ts'
import type { Probe } from './probe.ts'

/** What handles the events of the conformance app: it notes them. */
export function eventHandlers(probe: Probe) {
  return rpc.implement(contract.events, {
    happened: (payload, ctx) => {
      probe.note('tenant', ctx.metadata.get('tenant'))
      probe.note('context', { method: ctx.method, signal: ctx.signal })
      probe.note('happened', payload)
      // Nobody hears it.
      return { text: 'unheard' } as never
    },
    rang: (payload) => probe.note('rang', payload),
  })
}
