/** Validators of what a document says, as its readers have them. */
import { Ajv, type ValidateFunction } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { isBase64 } from '../../lib/core/base64.ts'
import type { AsyncApiDocument, OpenApiDocument } from 'microapi-ts/generate'

const options = { strict: false, logger: false } as const
const make = { openapi: () => withMore(new Ajv2020(options)), asyncapi: () => withMore(new Ajv(options)) }
const made: { openapi?: Ajv; asyncapi?: Ajv } = {}

function withMore<A extends Ajv | Ajv2020>(ajv: A): A {
  formats.default(ajv)
  // For others it says something of the text and allows every one.
  ajv.removeKeyword('contentEncoding')
  ajv.addKeyword({
    keyword: 'contentEncoding',
    validate: (_: unknown, value: unknown) => typeof value !== 'string' || isBase64(value),
  })
  return ajv
}

/** Compiles a schema of a document, whose references lead into it. */
export function validator(document: OpenApiDocument | AsyncApiDocument, schema: object): ValidateFunction {
  const kind = 'openapi' in document ? 'openapi' : 'asyncapi'
  const { schemas } = document.components
  return (made[kind] ??= make[kind]()).compile({ allOf: [schema], components: { schemas } })
}
