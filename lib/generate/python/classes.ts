import { typeBeside } from './names.ts'
import { docstring, pythonString, pythonValue } from './text.ts'
import type { PythonAlias, PythonClass, PythonField } from './types.ts'

/** The exception of an error that a method declares. */
export interface PythonError {
  readonly name: string
  readonly doc: string | undefined
  /** The type of its details and what reads them, if it declares any. */
  readonly details: { readonly type: string; readonly codec: string } | undefined
}

/** Whether a value may be left out by who makes a message, and how that is written. */
export function left(field: PythonField): { readonly type: string; readonly value: string | undefined } {
  const { type, isRequired, value, mayBeNone } = field
  if (isRequired) return { type, value: undefined }
  if (value !== undefined && (typeof value !== 'object' || value === null) && isItself(field))
    return {
      type,
      value: field.codec === '_v.BIG_INT' && typeof value === 'string' ? value : pythonValue(value),
    }
  if (value !== undefined || mayBeNone) return { type: `${type} | _v.Unset`, value: '_v.UNSET' }
  return { type: `${type} | None`, value: 'None' }
}

/** Whether a default in JSON form is what it is in Python too. */
function isItself({ codec }: PythonField): boolean {
  return /^_v\.(?:STR|INT|BIG_INT|FLOAT|BOOL|NONE|ANY|Const\(.*\))$/.test(codec)
}

/** A class of messages. */
export function classText({ name, doc, fields, others }: PythonClass): string {
  const names = new Set(fields.map((field) => field.name))
  const lines = fields.flatMap((field) => {
    const given = left(field)
    const isMade = field.value !== undefined && given.value === '_v.UNSET'
    const type = typeBeside(isMade ? field.type : given.type, names)
    const value = isMade
      ? `_dc.field(default_factory=_v.made(lambda: ${field.codec}, ${pythonValue(field.value)}))`
      : given.value
    return [
      `    ${field.name}: ${type}${value === undefined ? '' : ` = ${value}`}`,
      ...docstring(field.doc, '    '),
    ]
  })
  if (others)
    lines.push(
      `    additional_properties: ${typeBeside(`dict[str, ${others.type}]`, names)} = _dc.field(default_factory=lambda: {})`,
    )
  const about = docstring(doc, '    ')
  return [
    '@_dc.dataclass(kw_only=True)',
    `class ${name}(_v.Message):`,
    ...about,
    ...(about.length > 0 && lines.length > 0 ? [''] : []),
    ...lines,
    ...(about.length + lines.length === 0 ? ['    pass'] : []),
  ].join('\n')
}

/** What a class is on the wire, told when all classes are there. */
export function describeText({ name, fields, others }: PythonClass): string {
  const lines = fields.map(
    ({ key, name: own, codec, isRequired }) =>
      `        _v.Field(${pythonString(key)}, ${pythonString(own)}, ${codec}${isRequired ? '' : ', required=False'}),`,
  )
  return [
    '_v.describe(',
    `    ${name},`,
    ...(lines.length === 0 ? ['    [],'] : ['    [', ...lines, '    ],']),
    ...(others ? [`    ${others.codec},`] : []),
    ')',
  ].join('\n')
}

/** A name for what is no class. */
export function aliasText({ name, doc, made }: PythonAlias): string {
  return [`${name}: TypeAlias = ${pythonString(made.type)}`, ...docstring(doc)].join('\n')
}

/** What reads and writes what is no class. */
export function aliasCodecText({ name, made }: PythonAlias): string {
  return `_${name}: _v.Codec = ${made.codec}`
}

/** The exception of a declared error. */
export function errorText({ name, doc, details }: PythonError): string {
  const about = docstring(doc, '    ')
  const lines = [
    ...about,
    ...(details ? [...(about.length > 0 ? [''] : []), `    details: ${details.type}`] : []),
  ]
  return [`class ${name}(RpcError):`, ...(lines.length > 0 ? lines : ['    pass'])].join('\n')
}
