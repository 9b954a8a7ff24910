import type { ErrorCode } from '../../core/status.ts'
import type { MethodKind } from '../../core/kind.ts'
import type { MethodOptions } from '../../core/method.ts'
import type { ServicesSource } from '../proto/proto.ts'

/** What a method says of itself: a method is this, and so is what describes one as JSON. */
export interface ApiMethod {
  readonly kind: MethodKind
  /** A schema, as `output` is and what errors have as `details`. */
  readonly input: object
  readonly output: object
  readonly errors: Readonly<Record<string, ApiError>>
  readonly options: Omit<MethodOptions, 'errors' | 'cursor' | 'key'> & { readonly key?: unknown }
}

/** An error that a method declares. */
export interface ApiError {
  readonly code: ErrorCode
  readonly message?: string
  readonly details?: object
  readonly retryable?: boolean
}

/** Services as JSON describes them: what `microapi info --json` writes. */
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
  const isWhole = typeof (source as { connect?: unknown }).connect === 'function' || isDescription(source)
  const { services, version } = (isWhole ? source : { services: source }) as ApiDescription
  return {
    version: version === undefined ? undefined : String(version),
    services: Object.keys(services),
    methods: Object.entries(services).flatMap(([service, methods]) =>
      Object.entries(methods).map(([name, { kind, input, output, errors, options }]) => ({
        service,
        name,
        kind,
        input,
        output,
        errors,
        options,
      })),
    ),
  }
}

/** A contract may have a service called "services": its values are methods, and those of a description are services. */
function isDescription(source: ApiSource): source is ApiDescription {
  const { services } = source as { services?: unknown }
  if (typeof services !== 'object' || services === null) return false
  return Object.values(services).every((one) => typeof (one as { kind?: unknown }).kind !== 'string')
}
