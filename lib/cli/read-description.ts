import { compileChecks, type CheckFailure } from '../core/schema/check.ts'
import type { JsonSchema } from '../core/schema/json-schema.ts'
import { statusOfNumber } from '../core/status.ts'
import type { ApiDescription } from '../generate/json-schema/source.ts'

/** What came of reading a description. */
export type ReadDescription =
  | { readonly description: ApiDescription; readonly fault?: undefined }
  | { readonly fault: CheckFailure; readonly description?: undefined }

/** Reads JSON as a description, as `generate --description` writes it; the first thing in it that is none is its fault. */
export function readDescription(value: unknown): ReadDescription {
  const fault = (check ??= compileChecks(description).check)(value)
  if (!fault) return { description: value as ApiDescription }
  const { keyword, message: told } = fault
  const message =
    keyword === 'additionalProperties'
      ? misnamed
      : told.replace('object,boolean', 'object').replace('string,number', 'string or number')
  return { fault: { ...fault, message } }
}

const misnamed = 'is no name; use letters, digits and "_", beginning with no digit'

let check: ((value: unknown) => CheckFailure | undefined) | undefined

const text = { type: 'string' }
const flag = { type: 'boolean' }
const object = { type: 'object' }

function required(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
  return { type: 'object', required: Object.keys(properties), properties }
}

function byName(values: JsonSchema, names = ''): JsonSchema {
  return { type: 'object', patternProperties: { [names]: values }, additionalProperties: false }
}

/** What names are everywhere else: here they become those of files, too. */
const names = `^(?!(?:${Object.getOwnPropertyNames(Object.prototype).join('|')})$)[A-Za-z_][A-Za-z0-9_]*$`

const part: JsonSchema = { $ref: 'Schema' }
const parts: JsonSchema = { type: 'array', items: part }

/** As much of JSON Schema as is read of it. */
const schema = {
  $id: 'Schema',
  type: ['object', 'boolean'],
  properties: {
    $id: text,
    $ref: text,
    format: text,
    pattern: text,
    required: { type: 'array', items: text },
    items: { anyOf: [part, parts] },
    additionalProperties: part,
    not: part,
    anyOf: parts,
    allOf: parts,
    oneOf: parts,
    properties: byName(part),
    patternProperties: byName(part),
    $defs: byName(part),
  },
} satisfies JsonSchema

const message: JsonSchema = { allOf: [object, part] }

const codes = Array.from({ length: 16 }, (_, i) => statusOfNumber(i + 1))

const error = {
  type: 'object',
  required: ['code'],
  properties: { code: { enum: codes }, message: text, details: part, retryable: flag },
} as JsonSchema

const options: JsonSchema = {
  type: 'object',
  properties: {
    summary: text,
    description: text,
    deprecated: flag,
    idempotent: flag,
    timeoutMs: { type: 'number' },
    fanout: flag,
    deadLetter: flag,
    retry: object,
    batch: object,
    proto: { type: 'object', properties: { name: text, package: text, file: text, service: text } },
  },
}

const kind = { enum: ['unary', 'serverStream', 'clientStream', 'bidiStream', 'event'] } as JsonSchema

const method = required({ kind, input: message, output: message, errors: byName(error), options })

const description: JsonSchema = {
  type: 'object',
  required: ['services'],
  properties: {
    version: { type: ['string', 'number'] },
    services: byName(byName(method, names), names),
  },
  // Of use to nobody but for what is referred to.
  $defs: { Schema: schema },
}
