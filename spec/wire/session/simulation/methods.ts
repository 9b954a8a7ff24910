import type { MethodKind } from '../../../../lib/core/kind.ts'
import type { Description, MethodDescription } from '../../../../lib/core/transport.ts'

/** The service of the simulation: a method of each kind, named by it. */
export const simService = 'sim'

const compiled = { stringify: JSON.stringify }
const methods = (['unary', 'serverStream', 'clientStream', 'bidiStream'] as const).map(
  (kind: MethodKind) => ({
    service: simService,
    name: kind,
    kind,
    compiled: { input: compiled, output: compiled },
  }),
) as unknown as MethodDescription[]

/** What a server knows of it. */
export const describeSim: Description = {
  find: (service, method) => methods.find((one) => service === one.service && method === one.name),
  methods,
  ready: () => true,
  onReady: () => () => {},
}
