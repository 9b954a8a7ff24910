import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { isBase64 } from '../base64.ts'
import type { JsonSchema } from './json-schema.ts'
import { brokenOneof, type Oneofs } from './oneofs.ts'
import { prepareSchema, type Prepared } from './prepare.ts'

/** The first thing wrong with a value. */
export interface CheckFailure {
  /** Where, as a JSON pointer (RFC 6901); empty for the whole value. */
  readonly pointer: string
  /** The JSON Schema keyword that failed. */
  readonly keyword: string
  readonly message: string
}

/** Says what is wrong with a value, or undefined where nothing is. */
export type Check = (value: unknown) => CheckFailure | undefined

/** Compiles the checks of a schema and of its parts by ajv: no coercion, nothing mutated, the first error only. */
export function compileChecks(root: JsonSchema): {
  check: Check
  accepts: (part: JsonSchema) => (value: unknown) => boolean
} {
  const prepared = prepareSchema(root, knowsFormat)
  return {
    check: compileCheck(prepared),
    accepts: (part) => {
      // The root stands in for what a part refers to by name.
      const branch = prepareSchema({ anyOf: [part], $defs: { root } }, knowsFormat)
      const check = compileCheck(branch)
      return (value) => check(value) === undefined
    },
  }
}

/** What is wrong with a value that cannot even be walked through. */
export const tooDeep: CheckFailure = { pointer: '', keyword: 'depth', message: 'is nested too deeply' }

/** Whether the stack has overflowed. */
export function isOverflow(error: unknown): boolean {
  // Firefox has a class of its own for it, and RangeErrors mean other things too: an invalid date, for one.
  return error instanceof Error && /call stack|too much recursion/i.test(error.message)
}

function compileCheck({ schema, definitions }: Prepared): Check {
  const validate = ajv().compile({ ...schema, $defs: definitions })
  return (value) => {
    try {
      return validate(value) ? undefined : failureOf(validate)
    } catch (error) {
      // A recursive schema recurses with the value; the JSON parser's depth limit stands before it everywhere but in process.
      if (isOverflow(error)) return tooDeep
      throw error
    }
  }
}

/** As ajv wants one of a keyword's own. */
interface CheckWithErrors {
  (value: Readonly<Record<string, unknown>>): boolean
  errors?: Partial<ErrorObject>[]
}

let instance: Ajv | undefined

function ajv(): Ajv {
  return (instance ??= createAjv())
}

function knowsFormat(format: string): boolean {
  return ajv().formats[format] !== undefined
}

function createAjv(): Ajv {
  const created = new Ajv({ strict: false, allErrors: false, logger: false })
  // CommonJS: its default export is the module under Node's ESM, the function itself under bundlers.
  const plugin =
    typeof addFormats === 'function' ? addFormats : (addFormats as { default: (ajv: Ajv) => Ajv }).default
  plugin(created)
  created.addKeyword({
    keyword: 'bytes',
    // Bytes may stay bytes where no JSON stands between caller and handler.
    validate: (_: unknown, value: unknown) =>
      value instanceof Uint8Array || (typeof value === 'string' && isBase64(value)),
    error: { message: 'must be base64' },
  })
  created.addKeyword({
    keyword: 'oneofs',
    type: 'object',
    errors: true,
    compile: (oneofs: Oneofs) => {
      const check: CheckWithErrors = (value) => {
        const message = brokenOneof(oneofs, value)
        check.errors = message === undefined ? [] : [{ keyword: 'oneofs', message, params: {} }]
        return message === undefined
      }
      return check
    },
  })
  return created
}

type AjvError = ErrorObject<string, Record<string, unknown>>

function failureOf(validate: ValidateFunction): CheckFailure {
  const errors = validate.errors as AjvError[]
  return errors.at(-1)!.keyword === 'anyOf' ? failureOfUnion(errors) : describe(errors[0]!)
}

/**
 * A union fails with an error of each branch, the union's own behind them. The first branch's would mislead:
 * what the caller wants to know is what is wrong with the branch that was meant.
 */
function failureOfUnion(errors: readonly AjvError[]): CheckFailure {
  const own = errors.at(-1)!
  const branches = errors.slice(0, -1)
  const meant = branches.filter((error) => error.keyword !== 'const' && error.keyword !== 'anyOf')
  const first = branches[0]
  if (meant.length === 0 && first && branches.every((error) => error.instancePath === first.instancePath)) {
    const allowed = branches.map((error) => JSON.stringify(error.params['allowedValue'])).join(', ')
    return { pointer: first.instancePath, keyword: 'anyOf', message: `must be one of ${allowed}` }
  }
  // The one branch that got further than the others.
  const deeper = meant.filter((error) => error.instancePath.length > own.instancePath.length)
  if (deeper.length === 1) return describe(deeper[0]!)
  return {
    pointer: own.instancePath,
    keyword: 'anyOf',
    message: 'fits none of the schemas that are allowed here',
  }
}

function describe({ instancePath, keyword, message, params }: AjvError): CheckFailure {
  const key = params['missingProperty'] ?? params['additionalProperty']
  const pointer =
    typeof key === 'string'
      ? `${instancePath}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
      : instancePath
  return { pointer, keyword, message: explain(keyword, message, params) }
}

function explain(keyword: string, message: string | undefined, params: Record<string, unknown>): string {
  if (keyword === 'required') return 'is required'
  if (keyword === 'additionalProperties') return 'is not a property of this schema'
  if (keyword === 'enum')
    return `must be one of ${(params['allowedValues'] as unknown[]).map((one) => JSON.stringify(one)).join(', ')}`
  if (keyword === 'const') return `must be ${JSON.stringify(params['allowedValue'])}`
  return message ?? `fails "${keyword}"`
}
