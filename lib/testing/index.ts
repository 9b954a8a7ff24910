/** For tests: the conformance cases that every transport runs, and a log that can be asked. */
import { backpressureCases } from './cases/backpressure.ts'
import { cancellationCases } from './cases/cancellation.ts'
import { deadlineCases } from './cases/deadlines.ts'
import { dependencyCases } from './cases/dependencies.ts'
import { errorCases } from './cases/errors.ts'
import { limitCases } from './cases/limits.ts'
import { metadataCases } from './cases/metadata.ts'
import { shutdownCases } from './cases/shutdown.ts'
import { streamCases } from './cases/streams.ts'
import { validationCases } from './cases/validation.ts'
import { valueCases } from './cases/values.ts'
import type { ConformanceCase } from './harness.ts'

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
  ...cancellationCases,
  ...deadlineCases,
  ...backpressureCases,
  ...dependencyCases,
  ...limitCases,
  ...shutdownCases,
]
