import { createComponents } from '../json-schema/components.ts'
import { apiOf, type ApiSource } from '../json-schema/source.ts'
import type { OpenApiDocument, OpenApiOptions } from './document.ts'
import { commonResponses } from './errors.ts'
import { healthPaths, healthTag } from './health.ts'
import { operationOf } from './operation.ts'
import { headerParameters } from './parameters.ts'
import { securityByMethod } from './security.ts'
import { aboutHttp } from './text.ts'

/**
 * Describes an app, a contract or its description as HTTP serves it: `JSON.stringify` makes an `openapi.json` of it.
 * Throws a TypeError for a schema that refers to one that is not there, with its place.
 * @see https://spec.openapis.org/oas/v3.1.0
 */
export function generateOpenApi(source: ApiSource, options: OpenApiOptions = {}): OpenApiDocument {
  const { version, services, methods } = apiOf(source)
  const { info, servers = [{ url: '/' }], prefix = '', health = true, security = [] } = options
  if (prefix !== '' && !/^(\/[^/?#]+)+$/.test(prefix))
    throw new TypeError(`OpenAPI: prefix ${JSON.stringify(prefix)}: write it as "/api"`)
  const securityOf = securityByMethod(methods, options)
  const components = createComponents('2020-12')
  const parameters = headerParameters(options.metadata)
  const context = {
    components,
    parameters: Object.keys(parameters).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    security,
    securityOf,
  }
  const operations = methods.map((method) => [
    `${prefix}/${method.service}/${method.name}`,
    { post: operationOf(method, context) },
  ])
  const isSecured = methods.some((method) => (securityOf(method) ?? security).length > 0)
  const { Unauthenticated, ...responses } = commonResponses(components)
  // A service may be called as the checks are.
  const tag = services.includes(healthTag.name) ? `${healthTag.name}-checks` : healthTag.name
  return {
    openapi: '3.1.0',
    info: { title: 'API', version: version ?? '0.0.0', description: aboutHttp, ...info },
    servers,
    security,
    tags: [
      ...services.map((name) => ({
        name,
        description: options.services?.[name] ?? `The service \`${name}\`.`,
      })),
      ...(health ? [{ ...healthTag, name: tag }] : []),
    ],
    paths: { ...Object.fromEntries(operations), ...(health && healthPaths(tag)) },
    components: {
      schemas: components.finish(),
      responses: { ...responses, ...(isSecured && { Unauthenticated: Unauthenticated! }) },
      parameters,
      ...(options.securitySchemes && { securitySchemes: options.securitySchemes }),
    },
  }
}
