import type { ApiError, NamedMethod } from '../json-schema/source.ts'
import { messageName, type SchemaWriter } from './schemas.ts'
import { jsonCode } from './values.ts'
import { call, commentLines, layOut, object, options, quoted, type Code } from '../code-text.ts'

/** Puts what a service's callers are given before what they give: what is both is typed as it is taken. */
export function writeAnswers(methods: readonly NamedMethod[], schemas: SchemaWriter): void {
  for (const method of methods) {
    outputOf(method, schemas)
    errorsOf(method, schemas)
  }
}

/** Writes a service as a contract; `name` is its constant's. */
export function serviceText(name: string, methods: readonly NamedMethod[], schemas: SchemaWriter): string {
  const proto = commonProto(methods)
  const lines = methods.flatMap((method) => {
    const { options: said } = method
    const about = [said.summary, said.description].filter((one) => one !== undefined).join('\n\n')
    const comment = [about, said.deprecated === true ? '@deprecated' : ''].filter((one) => one !== '')
    const code = methodCode(method, schemas, proto !== undefined)
    return [
      ...(comment.length > 0 ? commentLines(comment.join('\n\n')) : []),
      layOut(`${method.name}: `, code, { indent: '  ', after: ',' }),
    ].map((line) => `  ${line}`)
  })
  const end = proto === undefined ? '})' : `}, { proto: ${layOut('', jsonCode(proto))} })`
  return `export const ${name} = defineService({\n${lines.join('\n')}\n${end}`
}

function methodCode(method: NamedMethod, schemas: SchemaWriter, hasCommonProto: boolean): Code {
  const { service, name, kind, input, options: said } = method
  const { idempotent, deprecated, timeoutMs, fanout, proto } = said
  const more = options({
    errors: errorsOf(method, schemas),
    ...codesOf({ deprecated, idempotent, timeoutMs, fanout }),
    proto: protoCode(proto && hasCommonProto ? { name: proto.name } : proto),
  })
  const place = {
    name: messageName(service, name, 'Input'),
    place: `${service}.${name} input`,
    view: 'Given',
  } as const
  const taken = schemas.message(input, place)
  return kind === 'event'
    ? call('rpc.event', taken, more)
    : call(`rpc.${kind}`, taken, outputOf(method, schemas), more)
}

function outputOf({ service, name, kind, output }: NamedMethod, schemas: SchemaWriter): string {
  if (kind === 'event') return 'Empty'
  const place = `${service}.${name} output`
  return schemas.message(output, { name: messageName(service, name, 'Output'), place, view: 'Taken' })
}

function errorsOf({ service, name, errors }: NamedMethod, schemas: SchemaWriter): Code | undefined {
  const codeOf = ([reason, { code, message, details, retryable }]: [string, ApiError]) => {
    const place = { name: '', place: `${service}.${name} ${reason}`, view: 'Taken' } as const
    const said = {
      ...codesOf({ code, message, retryable }),
      details: details && schemas.details(details, place),
    }
    return [reason, object(said)] as const
  }
  return options(Object.fromEntries(Object.entries(errors).map(codeOf)))
}

function codesOf(
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, Code> {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === 'string' ? quoted(value) : String(value)]),
  )
}

function protoCode(proto: object | undefined): Code | undefined {
  const entries = Object.entries(proto ?? {}).filter(([, value]) => value !== undefined)
  return entries.length === 0 ? undefined : jsonCode(Object.fromEntries(entries))
}

/** What all methods of a service say of it in protobuf. */
function commonProto(methods: readonly NamedMethod[]): object | undefined {
  const all = methods.map(({ options: { proto } }) => ({ ...proto, name: undefined }))
  const [first = {}] = all
  const text = JSON.stringify(first)
  return text !== '{}' && all.every((one) => JSON.stringify(one) === text)
    ? (JSON.parse(text) as object)
    : undefined
}
