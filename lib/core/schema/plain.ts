import {
  isBytes,
  mapSchema,
  transformOf,
  withTransform,
  type JsonSchema,
  type Transform,
} from './json-schema.ts'

/** Says in plain JSON that a schema is a transform of its user's own, whose functions stand nowhere but in the server. */
const mark = 'transform'

interface Marked extends JsonSchema {
  readonly 'x-microapi'?: string
}

/** The schema as plain JSON, without the symbols that TypeBox keeps beside; transforms of one's own are marked. */
export function plainSchema(schema: object): JsonSchema {
  return mapSchema(schema, (one, before) =>
    transformOf(before) && !isOurs(one) ? ({ ...one, 'x-microapi': mark } as JsonSchema) : one,
  )
}

/** What {@link plainSchema} made plain, with transforms where they are marked: such as refuse to be used. */
export function restoredSchema(schema: object): JsonSchema {
  return mapSchema(schema, (one) => {
    const { 'x-microapi': marked, ...rest } = one as Marked
    return marked === mark ? withTransform(rest, elsewhere) : one
  })
}

/** Whether it is what `t` makes, of which plain JSON says enough. */
function isOurs(schema: Marked): boolean {
  return schema['x-microapi'] !== undefined || (isBytes(schema) && schema.type === 'string')
}

const elsewhere: Transform = { Decode: refuse, Encode: refuse }

function refuse(): never {
  throw new TypeError('a description has no transforms: their functions stand in the server')
}
