import { Type } from '@sinclair/typebox'
import type { ErrorTable } from './errors.ts'
import type { Method, MethodOptions } from './method.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import { plainSchema } from './schema/plain.ts'
import type { Service } from './service.ts'

/** What an app or a contract offers, as JSON has it. */
export interface AppDescription {
  readonly version?: number | string
  /** Services by name; of each its methods by name. */
  readonly services: Readonly<Record<string, Readonly<Record<string, DescribedMethod>>>>
}

/** What a method takes and gives, may fail with, and says of itself. */
export interface DescribedMethod extends Pick<Method, 'kind'> {
  /** JSON Schema, as `output` is and what errors have as `details`. */
  readonly input: JsonSchema
  readonly output: JsonSchema
  readonly errors: Readonly<
    Record<string, Omit<ErrorTable[string], 'details'> & { readonly details?: JsonSchema }>
  >
  readonly options: DescribedOptions
}

/** What a method says of itself; where that is a function, whether it has one. */
export interface DescribedOptions extends Omit<MethodOptions, 'errors' | 'cursor' | 'key'> {
  readonly cursor?: true
  readonly key?: true
}

/** By this service and this method a server describes itself, where that is turned on. */
export const describing = { service: 'microapi', method: 'describe' } as const

/** An {@link AppDescription} as a message: of what is in it a server has nothing to check. */
export const Description = Type.Object({
  version: Type.Optional(Type.Unknown()),
  services: Type.Record(Type.String(), Type.Unknown(), { proto: 'google.protobuf.Struct' }),
})

/** Describes services by value: what is in it is JSON, in the order in which all was declared. */
export function describeServices(
  services: Readonly<Record<string, Service>>,
  version?: number | string,
): AppDescription {
  return {
    ...(version !== undefined && { version }),
    services: mapValues(services, (methods) => mapValues(methods, describeMethod)),
  }
}

function describeMethod({ kind, input, output, errors, options }: Method): DescribedMethod {
  const { errors: _errors, cursor, key, ...rest } = options
  return {
    kind,
    input: plainSchema(input),
    output: plainSchema(output),
    errors: mapValues(errors, ({ details, ...error }) => ({
      ...error,
      ...(details && { details: plainSchema(details) }),
    })),
    options: { ...rest, ...(cursor && { cursor: true }), ...(key && { key: true }) },
  }
}

function mapValues<A, B>(of: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]))
}
