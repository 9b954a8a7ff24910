import type { JsonObject } from '../json-schema/keywords.ts'
import type { OpenApiPath } from './document.ts'
import { jsonOf } from './errors.ts'

/** The tag of health checks. */
export const healthTag = { name: 'health', description: 'Whether the server lives, and takes calls.' }

/** The paths of health checks; `isPrefixed` where methods stand behind a prefix that these do not have. */
export function healthPaths(tag: string): Record<string, OpenApiPath> {
  const path = (name: string, summary: string, more: Record<string, JsonObject> = {}): OpenApiPath => ({
    get: {
      operationId: name,
      tags: [tag],
      summary,
      security: [],
      responses: {
        200: answer('It does.', 'ok'),
        ...more,
        '4XX': { $ref: '#/components/responses/Failure' },
      },
    },
  })
  return {
    '/health': path('health', 'Says whether the server lives'),
    '/live': path('live', 'Says whether the server lives'),
    '/ready': path('ready', 'Says whether the server takes calls', {
      503: answer('It starts, or drains.', 'not ready'),
    }),
  }
}

function answer(description: string, status: string): JsonObject {
  return {
    description,
    content: jsonOf({
      type: 'object',
      required: ['status'],
      properties: { status: { type: 'string', const: status } },
    }),
  }
}
