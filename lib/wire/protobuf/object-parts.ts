import type { JsonSchema } from '../../core/schema/json-schema.ts'
import type { References } from './references.ts'

/** One property of an object. */
export interface Property {
  readonly key: string
  readonly schema: JsonSchema
  readonly required: boolean
}

/** An object, with the parts of an intersection put together. */
export interface ObjectParts {
  readonly properties: readonly Property[]
  /** The same as an object schema, for those who look for tags. */
  readonly plain: JsonSchema
}

/** The properties of an object, or of an intersection of objects; undefined for what is neither, or has keys beside its properties. */
export function objectOf(given: JsonSchema, references: References, path: string): ObjectParts | undefined {
  const found = new Map<string, Property>()
  if (!collect(references.resolve(given, path), found, { references, path })) return undefined
  const properties = [...found.values()]
  return {
    properties,
    plain: {
      type: 'object',
      properties: Object.fromEntries(properties.map(({ key, schema }) => [key, schema])),
      required: properties.filter(({ required }) => required).map(({ key }) => key),
    },
  }
}

interface At {
  readonly references: References
  readonly path: string
}

function collect(schema: JsonSchema, found: Map<string, Property>, at: At): boolean {
  const { references, path } = at
  if (schema.allOf) return schema.allOf.every((part) => collect(references.resolve(part, path), found, at))
  const isOpen = schema.additionalProperties !== undefined && schema.additionalProperties !== false
  if (schema.type !== 'object' || !schema.properties || schema.patternProperties || isOpen) return false
  const needed = new Set(schema.required)
  for (const [key, property] of Object.entries(schema.properties)) {
    if (key in Object.prototype)
      throw new TypeError(`${path}/${key}: has a name that every object inherits; choose another`)
    const before = found.get(key)
    if (before && JSON.stringify(before.schema) !== JSON.stringify(property))
      throw new TypeError(
        `${path}/${key}: two parts of an intersection have it with different schemas; give it one schema, in one of them`,
      )
    found.set(key, { key, schema: property, required: needed.has(key) || (before?.required ?? false) })
  }
  return true
}
