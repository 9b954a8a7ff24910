import { eventCases } from './events.ts'
import { eventFailureCases } from './failures.ts'
import type { BrokerCase } from './harness.ts'
import { lossCases } from './losses.ts'
import { requestCases } from './requests.ts'

/** Every promise that transports over a broker share, as a case with a name. */
export const brokerCases: readonly BrokerCase[] = [
  ...eventCases,
  ...eventFailureCases,
  ...requestCases,
  ...lossCases,
]
