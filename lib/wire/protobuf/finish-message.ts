import type { JsonSchema } from '../../core/schema/json-schema.ts'
import { annotationOf, reservedBy } from './annotation.ts'
import { ownName, type Draft } from './draft.ts'
import type { ProtoMessage } from './model.ts'

/** Makes the message of what was put together for it, and of what its schema says of it as a whole. */
export function finishMessage(
  { fullName, messages, enums }: Draft,
  schema: JsonSchema,
  path: string,
  rest: Omit<ProtoMessage, 'name' | 'fullName' | 'messages' | 'enums' | 'reserved'>,
): ProtoMessage {
  const annotation = annotationOf(schema, path)
  return {
    name: ownName(fullName),
    fullName,
    ...(annotation.file !== undefined && { file: annotation.file }),
    ...rest,
    messages,
    enums,
    reserved: reservedBy(annotation),
  }
}
