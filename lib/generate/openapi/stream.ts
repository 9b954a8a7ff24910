import type { Components } from '../json-schema/components.ts'
import { anyError } from '../json-schema/errors.ts'
import type { JsonObject } from '../json-schema/keywords.ts'

/** The content of a stream of messages on its way in. `item` makes the schema of one, or a reference to it. */
export function streamInput(item: () => JsonObject): JsonObject {
  return {
    'application/x-ndjson': { schema: item() },
    'application/json': { schema: { type: 'array', items: item() } },
  }
}

/** The content of a stream of answers: plain lines, or, when that was accepted, lines about the stream among them. */
export function streamOutput(components: Components, item: () => JsonObject): JsonObject {
  return {
    'application/x-ndjson': { schema: item() },
    'application/x-ndjson; envelope=1': { schema: { anyOf: [item(), controlLine(components)] } },
  }
}

function controlLine(components: Components): JsonObject {
  return components.fixed('StreamControl', () => ({
    type: 'array',
    description:
      'A line about the stream and not of it: that it lives, or, as the last one, how it ended. One that failed has an error.',
    minItems: 1,
    maxItems: 1,
    items: {
      anyOf: [
        {
          type: 'object',
          required: ['type'],
          properties: {
            type: { type: 'string', enum: ['header', 'ping', 'stream_end'] },
            metadata: { type: 'object', additionalProperties: { type: 'string' } },
          },
        },
        {
          allOf: [
            anyError(components),
            { type: 'object', required: ['type'], properties: { type: { const: 'stream_end' } } },
          ],
        },
      ],
    },
  }))
}
