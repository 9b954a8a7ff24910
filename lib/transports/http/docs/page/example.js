/**
 * A JSON Schema, as the description has it.
 * @typedef {{ readonly [keyword: string]: any }} Schema
 */

/**
 * What a schema may refer to, by name, and the names behind which it stands.
 * @typedef {{ readonly schemas: Readonly<Record<string, Schema>>, readonly behind: readonly string[] }} Place
 */

/** Examples go so many references deep. */
const maxDepth = 8

const formats = new Map([
  ['date-time', '2026-01-31T12:00:00Z'],
  ['date', '2026-01-31'],
  ['time', '12:00:00Z'],
  ['duration', 'PT1M'],
  ['email', 'name@example.com'],
  ['uuid', '00000000-0000-4000-8000-000000000000'],
  ['uri', 'https://example.com/'],
  ['uri-reference', '/'],
  ['hostname', 'example.com'],
  ['ipv4', '192.0.2.1'],
  ['ipv6', '2001:db8::1'],
])

/**
 * Makes a value that a schema accepts, as far as that can be told: rare patterns and conditions are left to people.
 * Undefined where there is no end to it: for what refers to itself.
 * @param {Schema | boolean | undefined} schema
 * @param {Place} place
 * @returns {unknown}
 */
export function exampleOf(schema, place) {
  if (typeof schema !== 'object') return {}
  if (typeof schema['$ref'] === 'string')
    return referredExample(schema['$ref'].split('/').at(-1) ?? '', place)
  const said = [schema['examples']?.[0], schema['default'], schema['const'], schema['enum']?.[0]]
  const given = said.find((value) => value !== undefined)
  if (given !== undefined) return given
  const { anyOf, oneOf, allOf = [], ...own } = schema
  const all = allOf.map((/** @type {Schema} */ one) => exampleOf(one, place))
  const branches = anyOf ?? oneOf ?? []
  const branch = branches.map((/** @type {Schema} */ one) => exampleOf(one, place)).find(isThere)
  return merge([ownExample(own, place), ...all, branch])
}

/**
 * @param {string} name
 * @param {Place} place
 */
function referredExample(name, { schemas, behind }) {
  if (behind.includes(name) || behind.length === maxDepth || !Object.hasOwn(schemas, name)) return undefined
  return exampleOf(schemas[name], { schemas, behind: [...behind, name] })
}

/**
 * @param {Schema} schema
 * @param {Place} place
 * @returns {unknown}
 */
function ownExample(schema, place) {
  const { type, properties, items, prefixItems = [], minItems = 1 } = schema
  switch (Array.isArray(type) ? type[0] : (type ?? (properties && 'object'))) {
    case 'object': {
      const entries = Object.entries(properties ?? {}).map(([key, one]) => [key, exampleOf(one, place)])
      return withoutPairs(Object.fromEntries(entries.filter(([, value]) => isThere(value))), schema)
    }
    case 'array': {
      const first = prefixItems.map((/** @type {Schema} */ one) => exampleOf(one, place))
      const count = Math.min(minItems - first.length, 100)
      return items
        ? [...first, ...Array.from({ length: Math.max(count, 0) }, () => exampleOf(items, place))].filter(
            isThere,
          )
        : first
    }
    case 'string':
      return stringExample(schema)
    case 'integer':
      return numberExample(schema, 1)
    case 'number':
      return numberExample(schema, undefined)
    case 'boolean':
      return false
    case 'null':
      return null
    default:
      return undefined
  }
}

/**
 * Leaves out what may not be there together with what stands before it.
 * @param {Record<string, unknown>} value
 * @param {Schema} schema
 */
function withoutPairs(value, { not = {} }) {
  for (const { required = [] } of not.anyOf ?? [not])
    if (required.length > 1 && required.every((/** @type {string} */ key) => Object.hasOwn(value, key)))
      delete value[required.at(-1)]
  return value
}

/** @param {Schema} schema */
function stringExample({ format, contentEncoding, pattern, minLength = 0, maxLength = Infinity }) {
  if (contentEncoding === 'base64') return ''
  const tries = [formats.get(format) ?? 'text', 'text', '0', 'a', 'A', 'ab', 'AB', 'abc', 'ABC'].map((text) =>
    text.padEnd(Math.min(minLength, 1_000), text).slice(0, maxLength),
  )
  return tries.find((text) => pattern === undefined || matches(pattern, text)) ?? tries[0]
}

/**
 * @param {string} pattern
 * @param {string} text
 */
function matches(pattern, text) {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

/**
 * @param {Schema} schema
 * @param {number | undefined} grain what it is a multiple of, where that is not said
 */
function numberExample(schema, grain) {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum, multipleOf = grain } = schema
  const step = multipleOf ?? 0.5
  const low = minimum ?? (exclusiveMinimum === undefined ? -Infinity : exclusiveMinimum + step)
  const high = maximum ?? (exclusiveMaximum === undefined ? Infinity : exclusiveMaximum - step)
  const value = Math.min(Math.max(1, low), high)
  if (multipleOf === undefined) return value
  const above = Math.ceil(value / multipleOf) * multipleOf
  return above > high ? Math.floor(value / multipleOf) * multipleOf : above
}

/** @param {readonly unknown[]} values */
function merge(values) {
  const objects = values.filter(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  )
  return objects.length > 0 ? Object.assign({}, ...objects) : values.find(isThere)
}

/** @param {unknown} value */
function isThere(value) {
  return value !== undefined
}
