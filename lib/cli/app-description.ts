import { describeServices, type AppDescription } from '../core/describe.ts'
import type { Service } from '../core/service.ts'
import { isDescription, type ApiSource } from '../generate/json-schema/source.ts'
import { isApp } from './shape.ts'

export type { AppDescription, DescribedMethod } from '../core/describe.ts'

/** Describes an app or a contract by value, as JSON has it. A description is itself. */
export function describeApp(source: ApiSource): AppDescription {
  if (isApp(source)) return describeServices(source.services, source.version)
  if (isDescription(source)) return source as AppDescription
  return describeServices(source as Readonly<Record<string, Service>>)
}
