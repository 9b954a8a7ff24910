import { givesStream, takesStream } from '../../core/kind.ts'
import type { Components } from '../json-schema/components.ts'
import { mayBeLeftOut, type JsonObject } from '../json-schema/keywords.ts'
import type { NamedMethod } from '../json-schema/source.ts'
import type { OpenApiOperation, SecurityRequirement } from './document.ts'
import { failureResponses, jsonOf } from './errors.ts'
import { streamInput, streamOutput } from './stream.ts'
import { aboutKind, aboutStreams, paragraphs } from './text.ts'

/** What all operations of a document share. */
export interface OperationContext {
  readonly components: Components
  /** References to the headers that every method takes. */
  readonly parameters: readonly JsonObject[]
  /** What a method needs; undefined where it needs what all do. */
  readonly securityOf: (method: NamedMethod) => readonly SecurityRequirement[] | undefined
  /** What all methods need. */
  readonly security: readonly SecurityRequirement[]
}

/** Describes a method as HTTP serves it. */
export function operationOf(method: NamedMethod, context: OperationContext): OpenApiOperation {
  const { service, name, kind, options } = method
  const security = context.securityOf(method)
  const isSecured = (security ?? context.security).length > 0
  const description = paragraphs(options.description, aboutKind[kind])
  return {
    operationId: `${service}.${name}`,
    tags: [service],
    summary: options.summary ?? `${service}.${name}`,
    ...(description !== undefined && { description }),
    ...(options.deprecated === true && { deprecated: true }),
    ...(security && { security }),
    parameters: context.parameters,
    requestBody: requestBody(method, context.components),
    responses: {
      200: answer(method, context.components),
      ...failureResponses(context.components, method, isSecured),
    },
    'x-microapi-kind': kind,
    ...(options.idempotent === true && { 'x-microapi-idempotent': true }),
  }
}

function requestBody({ service, name, kind, input }: NamedMethod, components: Components): JsonObject {
  const message = (): JsonObject => components.message(input, { service, method: name, part: 'Input' })
  if (takesStream(kind))
    // Nothing at all is a stream of no messages.
    return { description: aboutStreams.input, required: false, content: streamInput(message) }
  return { required: !mayBeLeftOut(input), content: jsonOf(message()) }
}

function answer({ service, name, kind, output }: NamedMethod, components: Components): JsonObject {
  const message = (): JsonObject => components.message(output, { service, method: name, part: 'Output' })
  if (givesStream(kind))
    return { description: aboutStreams.output, content: streamOutput(components, message) }
  return { description: 'The answer.', content: jsonOf(message()) }
}
