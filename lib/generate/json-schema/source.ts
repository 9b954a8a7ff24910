import type { ErrorCode } from '../../core/status.ts'
import type { MethodKind } from '../../core/kind.ts'
import type { MethodOptions } from '../../core/method.ts'
import { restoredSchema } from '../../core/schema/plain.ts'
import type { Service } from '../../core/service.ts'

/** An app, or services by name: what a contract is. */
export type ServicesSource =
  | { readonly services: Readonly<Record<string, Service>>; connect(): unknown }
  | Readonly<Record<string, Service>>

/** What a method says of itself: a method is this, and so is what describes one as JSON. */
export interface ApiMethod {
  readonly kind: MethodKind
  /** A schema, as `output` is and what errors have as `details`. */
  readonly input: object
  readonly output: object
  readonly errors: Readonly<Record<string, ApiError>>
  /** Of what is a function a description says whether it is there. */
  readonly options: Omit<MethodOptions, 'errors' | 'cursor' | 'key'> & {
    readonly cursor?: unknown
    readonly key?: unknown
  }
}

/** An error that a method declares. */
export interface ApiError {
  readonly code: ErrorCode
  readonly message?: string
  readonly details?: object
  readonly retryable?: boolean
}

/** Services as JSON describes them: what `microapi info --json` and `generate --description` write, and a server says of itself. */
export interface ApiDescription {
  readonly version?: number | string | undefined
  readonly services: Readonly<Record<string, Readonly<Record<string, ApiMethod>>>>
}

/** An app, a contract (services by name), or the description of one of them. */
export type ApiSource = ServicesSource | ApiDescription

/** A method under its names. */
export interface NamedMethod extends ApiMethod {
  readonly service: string
  readonly name: string
}

/** What is in an app, a contract or a description. */
export interface Api {
  readonly version: string | undefined
  readonly services: readonly string[]
  readonly methods: readonly NamedMethod[]
}

/** Reads a source. */
export function apiOf(source: ApiSource): Api {
  const described = isDescription(source)
  const isWhole = described || typeof (source as { connect?: unknown }).connect === 'function'
  const { services, version } = (isWhole ? source : { services: source }) as ApiDescription
  return {
    version: version === undefined ? undefined : String(version),
    services: Object.keys(services),
    methods: Object.entries(services).flatMap(([service, methods]) =>
      Object.entries(methods).map(([name, { kind, input, output, errors, options }]) => {
        const method = { service, name, kind, input, output, errors, options }
        return described ? restored(method) : method
      }),
    ),
  }
}

/** Whether a source is a description. A contract may have a service called "services": its values are methods, and those of a description are services. */
export function isDescription(source: ApiSource): source is ApiDescription {
  const { services, connect } = source as { services?: unknown; connect?: unknown }
  if (typeof services !== 'object' || services === null || typeof connect === 'function') return false
  return Object.values(services).every((one) => typeof (one as { kind?: unknown }).kind !== 'string')
}

/** A described method as generators know those of an app. */
function restored(method: NamedMethod): NamedMethod {
  const errors = Object.entries(method.errors).map(([reason, { details, ...error }]) => [
    reason,
    { ...error, ...(details && { details: restoredSchema(details) }) },
  ])
  return {
    ...method,
    input: restoredSchema(method.input),
    output: restoredSchema(method.output),
    errors: Object.fromEntries(errors) as NamedMethod['errors'],
  }
}
