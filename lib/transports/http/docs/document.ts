import type { Description } from '../../../core/transport.ts'
import type { OpenApiDocument } from '../../../generate/openapi/document.ts'
import { generateOpenApi } from '../../../generate/openapi/openapi.ts'
import type { ApiMethod, ApiSource } from '../../../generate/json-schema/source.ts'
import type { DocsOptions } from './options.ts'

/** Where the methods stand. */
export interface DocumentPlace {
  readonly prefix: string
  /** Whether `/health`, `/live` and `/ready` are there. */
  readonly health: boolean
}

/** Describes the methods that a transport carries. Throws a TypeError for what cannot be described, with its place. */
export function documentOf(
  { methods, version }: Description,
  { title, openapi = {} }: DocsOptions,
  { prefix, health }: DocumentPlace,
): OpenApiDocument {
  const services = new Map<string, Record<string, ApiMethod>>()
  for (const method of methods)
    services.set(method.service, { ...services.get(method.service), [method.name]: method })
  const info = {
    ...(version !== undefined && { version: String(version) }),
    ...openapi.info,
    ...(title !== undefined && { title }),
  }
  // As a contract, whose schemas are taken as they are. Of its methods the generator reads what a transport knows too.
  const contract = Object.fromEntries(services) as unknown as ApiSource
  return generateOpenApi(contract, { ...openapi, info, prefix, health })
}
