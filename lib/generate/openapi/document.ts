import type { JsonObject } from '../json-schema/keywords.ts'

/** What a document says of itself. */
export interface ApiInfo {
  readonly title: string
  readonly version: string
  readonly summary?: string
  readonly description?: string
  readonly termsOfService?: string
  readonly contact?: { readonly name?: string; readonly url?: string; readonly email?: string }
  readonly license?: { readonly name: string; readonly identifier?: string; readonly url?: string }
}

/** Names of security schemes, and the scopes that they need; all of them together. */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>

/** Something that a document describes as JSON. */
export type ApiJson = Readonly<JsonObject>

/** Where an API is served. */
export interface OpenApiServer {
  readonly url: string
  readonly description?: string
  readonly variables?: ApiJson
}

/** What a path takes. */
export interface OpenApiPath {
  readonly post?: OpenApiOperation
  readonly get?: OpenApiOperation
}

/** One method, as HTTP serves it. */
export interface OpenApiOperation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly deprecated?: boolean
  readonly security?: readonly SecurityRequirement[]
  readonly parameters?: readonly ApiJson[]
  readonly requestBody?: ApiJson
  readonly responses: Readonly<Record<string, ApiJson>>
  /** The kind of the method. */
  readonly 'x-microapi-kind'?: string
  /** Whether it may be called again when its answer was lost. */
  readonly 'x-microapi-idempotent'?: boolean
}

/**
 * An OpenAPI description, as JSON.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export interface OpenApiDocument {
  readonly openapi: '3.1.0'
  readonly info: ApiInfo
  readonly servers: readonly OpenApiServer[]
  readonly security: readonly SecurityRequirement[]
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, OpenApiPath>>
  readonly components: {
    readonly schemas: Readonly<Record<string, ApiJson>>
    readonly responses: Readonly<Record<string, ApiJson>>
    readonly parameters: Readonly<Record<string, ApiJson>>
    readonly securitySchemes?: Readonly<Record<string, ApiJson>>
  }
}

/** What {@link generateOpenApi} takes beside the source: what an app cannot know of itself. */
export interface OpenApiOptions {
  /** Title and version, and what else people want to know; the version is the app's, if it has one. */
  readonly info?: Partial<ApiInfo>
  /** Where it is served; the origin that the document comes from, unless told otherwise. */
  readonly servers?: readonly OpenApiServer[]
  /** What stands before `/{service}/{method}`, as `http({ prefix })` has it. Health checks have none. */
  readonly prefix?: string
  /** Whether `/health`, `/live` and `/ready` are there; false for an app in a server that exists, which has its own. */
  readonly health?: boolean
  /** The ways to say who calls, by name: which middleware asks for one nobody can see. */
  readonly securitySchemes?: Readonly<Record<string, ApiJson>>
  /** What every method needs; one of these is enough. */
  readonly security?: readonly SecurityRequirement[]
  /** What a service or a method needs in its place, by `service` or `service.method`; `[]` for nothing. */
  readonly securityOf?: Readonly<Record<string, readonly SecurityRequirement[]>>
  /** Metadata that methods read, by key, and what each says; they become headers of every request. */
  readonly metadata?: Readonly<Record<string, string>>
  /** What services are for, by name. */
  readonly services?: Readonly<Record<string, string>>
}
