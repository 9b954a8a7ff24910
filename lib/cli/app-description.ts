import type { ErrorTable } from '../core/errors.ts'
import type { Method, MethodOptions } from '../core/method.ts'
import { mapSchema, type JsonSchema } from '../core/schema/json-schema.ts'
import type { Service } from '../core/service.ts'
import type { ServicesSource } from '../generate/proto/proto.ts'
import { isApp } from './shape.ts'

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
  readonly options: Omit<MethodOptions, 'errors' | 'cursor' | 'key'>
}

/** Describes an app or a contract by value: what is in it is JSON. */
export function describeApp(source: ServicesSource): AppDescription {
  const { version } = isApp(source) ? source : {}
  return {
    ...(version !== undefined && { version }),
    services: mapValues(servicesOf(source), (methods) => mapValues(methods, describeMethod)),
  }
}

function servicesOf(source: ServicesSource): Readonly<Record<string, Service>> {
  return isApp(source) ? source.services : (source as Readonly<Record<string, Service>>)
}

function describeMethod({ kind, input, output, errors, options }: Method): DescribedMethod {
  const { errors: _errors, cursor: _cursor, ...rest } = options
  return {
    kind,
    input: plain(input),
    output: plain(output),
    errors: mapValues(errors, ({ details, ...error }) => ({
      ...error,
      ...(details && { details: plain(details) }),
    })),
    options: rest,
  }
}

/** Without the symbols that TypeBox keeps beside. */
function plain(schema: object): JsonSchema {
  return mapSchema(schema, (one) => one)
}

function mapValues<A, B>(of: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, change(value)]))
}
