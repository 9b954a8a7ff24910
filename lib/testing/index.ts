/** For tests: a broker in this process, a log that can be asked, and the cases that transports are held to. */
import { backpressureCases } from './cases/backpressure.ts'
import { cancellationCases } from './cases/cancellation.ts'
import { deadlineCases } from './cases/deadlines.ts'
import { dependencyCases } from './cases/dependencies.ts'
import { errorCases } from './cases/errors.ts'
import { eventCases } from './cases/events.ts'
import { limitCases } from './cases/limits.ts'
import { metadataCases } from './cases/metadata.ts'
import { shutdownCases } from './cases/shutdown.ts'
import { streamCases } from './cases/streams.ts'
import { validationCases } from './cases/validation.ts'
import { valueCases } from './cases/values.ts'
import type { ConformanceCase } from './harness.ts'

export { hurriedClock } from './broker/clock.ts'
export type { BrokerClock } from './broker/clock.ts'
export { createMemoryBroker } from './broker/memory-broker.ts'
export type {
  MemoryBroker,
  MemoryBrokerOptions,
  MemoryBrokerTransportOptions,
} from './broker/memory-broker.ts'
export type { DeadLetter } from './broker/message.ts'
export { brokerCases } from './broker-cases/cases.ts'
export { runBrokerCase } from './broker-cases/harness.ts'
export type {
  BrokerCase,
  BrokerClient,
  BrokerHarness,
  BrokerServerOptions,
  BrokerWorld,
  QueueOf,
  RunningBroker,
} from './broker-cases/harness.ts'
export { flavoursOf, inProcessHarness, runCase, transportHarness, whyNot } from './harness.ts'
export type {
  Capability,
  ConformanceCase,
  Flavour,
  Harness,
  Running,
  StartOptions,
  TransportPair,
  World,
} from './harness.ts'
export { recordingLog } from './log.ts'
export type { LogLine, RecordingLog } from './log.ts'

/** Every promise that all transports share, as a case with a name. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...validationCases,
  ...valueCases,
  ...errorCases,
  ...metadataCases,
  ...streamCases,
  ...eventCases,
  ...cancellationCases,
  ...deadlineCases,
  ...backpressureCases,
  ...dependencyCases,
  ...limitCases,
  ...shutdownCases,
]
