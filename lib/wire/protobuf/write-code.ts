import { isDict } from '../../core/schema/pick.ts'
import { createCode, type Code } from './code.ts'
import { knownFunctions } from './known-functions.ts'
import type { ProtoField, ProtoMessage, ProtoType } from './model.ts'
import { refuse, told } from './refuse.ts'
import { writeMapKey } from './map-keys.ts'
import { oneofsOf } from './oneofs.ts'
import { is64, scalars, tagOf, wireTypeOf } from './scalars.ts'
import type { ProtoTypes, WriteMessage } from './message-code.ts'
import {
  writeBytes,
  writeDecimal64,
  writeFloat,
  writeInteger32,
  writeInteger64,
  writeText,
} from './writing.ts'

/** Generates the function that writes a message straight from its JSON form. */
export function writeCode(message: ProtoMessage, types: ProtoTypes): WriteMessage {
  const code = createCode()
  const writer = new FieldWriter(message, types, code)
  // Which one of each oneof has been written.
  const oneofs = message.union ? [] : oneofsOf(message.fields)
  const body = [['let v', ...oneofs.map((_, i) => `o${i}`)].join(', ')]
  const [only] = message.fields
  if (message.shape === 'box') body.push('v = m', writer.field(only!))
  else {
    body.push(`if (!${code.use(isDict)}(m)) ${writer.refusal('', 'an object', 'm')}`)
    if (message.shape === 'union') body.push(writer.union())
    else
      for (const field of message.fields)
        body.push(`v = m[${JSON.stringify(field.key)}]`, writer.field(field))
  }
  return code.finish('m, w', body) as WriteMessage
}

class FieldWriter {
  private readonly message: ProtoMessage
  private readonly types: ProtoTypes
  private readonly code: Code

  constructor(message: ProtoMessage, types: ProtoTypes, code: Code) {
    this.message = message
    this.types = types
    this.code = code
  }

  /** Throws that `value` is not what it must be. */
  refusal(key: string, what: string, value: string): string {
    return `${this.code.use(refuse)}(${this.place(key)}, ${JSON.stringify(`must be ${what}, not `)} + ${this.code.use(told)}(${value}))`
  }

  union(): string {
    const { union, fields } = this.message
    const cases = fields.map(
      ({ tag, type, number }) =>
        `case ${JSON.stringify(tag)}: ${this.value(type, 'm', tagOf(number!, 2), '')}; break`,
    )
    const { key } = union!
    const known = fields.map(({ tag }) => JSON.stringify(tag)).join(', ')
    const otherwise = this.refusal(key, `one of ${known}`, `m[${JSON.stringify(key)}]`)
    return `switch (m[${JSON.stringify(key)}]) {\n${cases.join('\n')}\ndefault: ${otherwise}\n}`
  }

  /** Writes `v`, which is the field's value. */
  field({ key, label, type, number, absent, mapKey, oneof }: ProtoField): string {
    if (label === 'repeated') return `if (v !== undefined) {\n${this.list(type, number!, key)}\n}`
    if (label === 'map') return `if (v !== undefined) {\n${this.map(type, number!, { key, mapKey })}\n}`
    const there = absent === 'null' ? 'v !== undefined && v !== null' : 'v !== undefined'
    const write = this.value(type, 'v', tagOf(number!, wireTypeOf(type)), key)
    // Zero is what an absent one means.
    const guarded = absent === 'zero' ? `if (${this.notZero(type)}) { ${write} }` : write
    if (oneof !== undefined) return `if (${there}) { ${this.only(key, oneof)}; ${guarded} }`
    return `if (${there}) { ${guarded} }`
  }

  /** Throws where another one of the oneof is there too. */
  private only(key: string, oneof: string): string {
    const at = `o${oneofsOf(this.message.fields).indexOf(oneof)}`
    const both = `'holds ' + JSON.stringify(${at}) + ${JSON.stringify(` and ${JSON.stringify(key)}, of which at most one may be there: they are the oneof ${oneof}`)}`
    return `if (${at} !== undefined) ${this.code.use(refuse)}(${this.place('')}, ${both}); ${at} = ${JSON.stringify(key)}`
  }

  private list(type: ProtoType, number: number, key: string): string {
    const check = `if (!Array.isArray(v)) ${this.refusal(key, 'a list', 'v')}`
    const wireType = wireTypeOf(type)
    if (wireType === 2) {
      const item = this.value(type, 'v[i]', tagOf(number, 2), key)
      return `${check}\nfor (let i = 0; i < v.length; i++) { ${item} }`
    }
    const item = this.value(type, 'v[i]', undefined, key)
    return `${check}\nif (v.length > 0) {\nw.uint32(${tagOf(number, 2)}).fork()\nfor (let i = 0; i < v.length; i++) { ${item} }\nw.ldelim()\n}`
  }

  private map(
    type: ProtoType,
    number: number,
    { key, mapKey = 'string' }: Pick<ProtoField, 'key' | 'mapKey'>,
  ): string {
    const check = `if (!${this.code.use(isDict)}(v)) ${this.refusal(key, 'an object', 'v')}`
    const value = this.value(type, 'x', tagOf(2, wireTypeOf(type)), key)
    const writeKey =
      mapKey === 'string'
        ? `${this.code.use(writeText)}(w, k)`
        : `${this.code.use(writeMapKey)}(w, k, ${JSON.stringify(mapKey)}, ${this.place(key)})`
    return `${check}
for (const k of Object.keys(v)) {
const x = v[k]
if (x === undefined) continue
w.uint32(${tagOf(number, 2)}).fork().uint32(${tagOf(1, scalars[mapKey].wireType)})
${writeKey}
${value}
w.ldelim()
}`
  }

  /** Writes the value that stands in `v`, behind its tag if it has one. */
  private value(type: ProtoType, v: string, tag: number | undefined, key: string): string {
    const { code } = this
    const tagged = tag === undefined ? 'w' : `w.uint32(${tag})`
    if (type.kind === 'message')
      return `${tagged}.fork(); ${code.use(this.types.message(type.name))}.write(${v}, w); w.ldelim()`
    if (type.kind === 'known') {
      const own = knownFunctions(type.name)
      return own
        ? `${tagged}.fork(); ${code.use(own.write)}(w, ${v}, ${this.place(key)}); w.ldelim()`
        : `${tagged}.fork(); ${code.use(this.types.known(type))}.write(${v}, w); w.ldelim()`
    }
    if (type.kind === 'enum') {
      const { numbers } = this.types.enumeration(type.name)
      const isSigned = [...numbers.values()].some((number) => number < 0)
      const known = [...numbers.keys()].map((text) => JSON.stringify(text)).join(', ')
      return `{ const n = ${code.use(numbers)}.get(${v}); if (n === undefined) ${this.refusal(key, `one of ${known}`, v)}; ${tagged}.${isSigned ? 'int32' : 'uint32'}(n) }`
    }
    const { scalar } = type
    const call = (write: unknown, ...more: readonly string[]): string =>
      `${code.use(write)}(${[tagged, v, ...more].join(', ')})`
    const typed = (name: 'string' | 'number' | 'boolean', write: string): string =>
      `if (typeof ${v} !== '${name}') ${this.refusal(key, `a ${name}`, v)}; ${write}`
    switch (scalar) {
      case 'string':
        return typed('string', call(writeText))
      case 'bool':
        return typed('boolean', `${tagged}.bool(${v})`)
      case 'double':
        return typed('number', `${tagged}.double(${v})`)
      case 'float':
        return typed('number', call(writeFloat, this.place(key)))
      case 'bytes':
        return call(writeBytes, this.place(key))
      default: {
        const write = is64(scalar) ? (type.text ? writeDecimal64 : writeInteger64) : writeInteger32
        return call(write, JSON.stringify(scalar), this.place(key))
      }
    }
  }

  private notZero(type: ProtoType): string {
    if (type.kind === 'enum') return `v !== ${JSON.stringify(this.types.enumeration(type.name).zero)}`
    if (type.kind !== 'scalar') return 'true'
    if (type.text) return `v !== '0'`
    if (type.scalar === 'string') return `v !== ''`
    if (type.scalar === 'bytes') return 'v === null || v.length !== 0'
    return type.scalar === 'bool' ? 'v !== false' : 'v !== 0'
  }

  private place(key: string): string {
    return JSON.stringify(key === '' ? this.message.fullName : `${this.message.fullName}.${key}`)
  }
}
