import { createCode, type Code } from './code.ts'
import { knownFunctions } from './known-functions.ts'
import { readMapKey } from './map-keys.ts'
import type { ProtoField, ProtoMessage, ProtoType } from './model.ts'
import {
  bytes,
  cut,
  enter,
  safe,
  skip,
  text,
  tooDeep,
  tooMany,
  unsignedVarint64,
  varint64,
} from './reading.ts'
import { putKey } from './refuse.ts'
import { is64, scalars, tagOf, wireTypeOf } from './scalars.ts'
import type { ProtoTypes, ReadMessage } from './message-code.ts'

/** Generates the function that reads a message straight into its JSON form. */
export function readCode(message: ProtoMessage, types: ProtoTypes): ReadMessage {
  const code = createCode()
  const reader = new FieldReader(message, types, code)
  const { fields, shape } = message
  // A union is no level of its own in JSON.
  const before = shape === 'union' ? [] : [`if (--depth < 0) ${code.use(tooDeep)}()`]
  before.push(
    `if ((r.left -= ${costOf(message)}) < 0) ${code.use(tooMany)}()`,
    'const outer = r.len',
    'r.len = end',
  )
  const cases = fields.flatMap((field, i) => reader.cases(field, i))
  const loop = [
    'while (r.pos < end) {',
    'const tag = r.tag()',
    ...(cases.length > 0 ? ['switch (tag) {', ...cases, '}'] : []),
    `${code.use(skip)}(r, tag)`,
    '}',
    `if (r.pos !== end) ${code.use(cut)}()`,
    'r.len = outer',
  ]
  return code.finish('r, end, depth, old', [
    ...before,
    ...reader.begin(),
    ...loop,
    ...reader.end(),
  ]) as ReadMessage
}

class FieldReader {
  private readonly message: ProtoMessage
  private readonly types: ProtoTypes
  private readonly code: Code

  constructor(message: ProtoMessage, types: ProtoTypes, code: Code) {
    this.message = message
    this.types = types
    this.code = code
  }

  /** What is there before anything is read. */
  begin(): readonly string[] {
    const { shape, fields } = this.message
    if (shape === 'union') return ['let a = old']
    if (shape === 'box') return [`let a0 = old === undefined ? ${startOf(fields[0]!, this.types)} : old`]
    const lets = fields.map((field, i) => `let a${i} = ${startOf(field, this.types)}`)
    const olds = fields.map(({ key, absent }, i) => {
      const before = `old[${JSON.stringify(key)}]`
      // Only of lists and maps, which are added to, is it worth to ask.
      return absent === 'nothing' ? `a${i} = ${before}` : `if (${before} !== undefined) a${i} = ${before}`
    })
    return fields.length === 0 ? [] : [...lets, 'if (old !== undefined) {', ...olds, '}']
  }

  /** What is given back. */
  end(): readonly string[] {
    const { shape, fields, constants } = this.message
    if (shape === 'union') return ['return a === undefined ? {} : a']
    if (shape === 'box') return ['return a0']
    const always = constants.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`)
    const maybe: string[] = []
    for (const [i, { key, absent }] of fields.entries()) {
      if (absent === 'nothing') maybe.push(`if (a${i} !== undefined) o[${JSON.stringify(key)}] = a${i}`)
      else always.push(`${JSON.stringify(key)}: a${i}`)
    }
    const literal = `{${always.join(', ')}}`
    return maybe.length === 0 ? [`return ${literal}`] : [`const o = ${literal}`, ...maybe, 'return o']
  }

  cases({ type, label, number, key, absent, tag, mapKey, oneof }: ProtoField, i: number): readonly string[] {
    const wireType = wireTypeOf(type)
    const one = tagOf(number!, wireType)
    const packed = tagOf(number!, 2)
    const a = `a${i}`
    if (this.message.shape === 'union') return [`case ${one}: ${this.branch(type, tag)}; continue`]
    if (label === 'single' || label === 'optional') {
      const others = oneof === undefined ? '' : this.others(oneof, i)
      return [`case ${one}: ${others}${a} = ${this.value(type, key, { old: a, absent })}; continue`]
    }
    const begun =
      absent === 'nothing' ? `if (${a} === undefined) ${a} = ${label === 'map' ? '{}' : '[]'}; ` : ''
    if (label === 'map')
      return [`case ${packed}: { ${begun}${this.entry(type, a, { key, mapKey })} continue }`]
    const push = `${a}.push(${this.value(type, key, {})})`
    const single = `case ${one}: ${begun}${push}; continue`
    if (wireType === 2) return [single]
    // Whoever writes may pack numbers or not.
    const all = `const e = ${this.code.use(enter)}(r), l = r.len; r.len = e; while (r.pos < e) ${push}; if (r.pos !== e) ${this.code.use(cut)}(); r.len = l`
    return [single, `case ${packed}: { ${begun}${all}; continue }`]
  }

  /** Forgets what else of a oneof was there: the last one counts. */
  private others(oneof: string, i: number): string {
    const { fields } = this.message
    const others = fields.flatMap((other, at) => (other.oneof === oneof && at !== i ? [`a${at}`] : []))
    return others.map((other) => `${other} = `).join('') + (others.length > 0 ? 'undefined; ' : '')
  }

  private branch(type: ProtoType, tag: unknown): string {
    const { key } = this.message.union!
    const [property, value] = [`[${JSON.stringify(key)}]`, JSON.stringify(tag)]
    const name = (type as { name: string }).name
    const isSet = this.types.facts(name).constants.some(([constant]) => constant === key)
    const read = this.value(type, '', { old: `a !== undefined && a${property} === ${value} ? a : undefined` })
    return isSet ? `a = ${read}` : `a = ${read}; a${property} = ${value}`
  }

  private entry(
    type: ProtoType,
    a: string,
    { key, mapKey = 'string' }: Pick<ProtoField, 'key' | 'mapKey'>,
  ): string {
    const { code } = this
    const [start, readKey] =
      mapKey === 'string'
        ? [`''`, `${code.use(text)}(r)`]
        : [mapKey === 'bool' ? `'false'` : `'0'`, `${code.use(readMapKey)}(r, ${JSON.stringify(mapKey)})`]
    const [cutName, enterName] = [code.use(cut), code.use(enter)]
    return `const e = ${enterName}(r), l = r.len; r.len = e; let k = ${start}, x
while (r.pos < e) {
const t = r.tag()
if (t === ${tagOf(1, scalars[mapKey].wireType)}) k = ${readKey}
else if (t === ${tagOf(2, wireTypeOf(type))}) x = ${this.value(type, key, {})}
else ${code.use(skip)}(r, t)
}
if (r.pos !== e) ${cutName}()
r.len = l
if (x === undefined) x = ${this.zero(type)}
${code.use(putKey)}(${a}, k, x);`
  }

  /** What a map's entry without a value holds. */
  private zero(type: ProtoType): string {
    if (type.kind === 'scalar') return zeroOf(type)
    if (type.kind === 'enum') return JSON.stringify(this.types.enumeration(type.name).zero ?? 0)
    const known = type.kind === 'known' ? knownFunctions(type.name) : undefined
    if (known) return known.zero
    const read = type.kind === 'known' ? this.types.known(type) : this.types.message(type.name)
    // A message of no octets at all.
    return `${this.code.use(read)}.read(r, r.pos, depth, undefined)`
  }

  private value(
    type: ProtoType,
    key: string,
    { old = 'undefined', absent }: { old?: string; absent?: string },
  ): string {
    const { code } = this
    const place = JSON.stringify(key === '' ? this.message.fullName : `${this.message.fullName}.${key}`)
    const inner = `r, ${code.use(enter)}(r)`
    if (type.kind === 'message') {
      const before = absent === 'null' ? `${old} === null ? undefined : ${old}` : old
      return `${code.use(this.types.message(type.name))}.read(${inner}, depth, ${before})`
    }
    if (type.kind === 'known') {
      const own = knownFunctions(type.name)
      if (own) return `${code.use(own.read)}(${inner}, ${own.reads === 'text' ? place : 'depth'})`
      const before = absent === 'null' ? `${old} === null ? undefined : ${old}` : old
      return `${code.use(this.types.known(type))}.read(${inner}, depth, ${before})`
    }
    if (type.kind === 'enum') {
      const read = code.use(absent === undefined ? anyText : textOf)
      const { texts, zero } = this.types.enumeration(type.name)
      const nothing = zero === undefined ? (absent === 'null' ? 'null' : 'undefined') : JSON.stringify(zero)
      return `${read}(${code.use(texts)}, r.int32(), ${nothing})`
    }
    return this.scalar(type, place)
  }

  private scalar({ scalar, text: isText }: Extract<ProtoType, { kind: 'scalar' }>, place: string): string {
    const { code } = this
    if (scalar === 'string') return `${code.use(text)}(r)`
    if (scalar === 'bytes') return `${code.use(bytes)}(r)`
    if (!is64(scalar)) return `r.${scalar}()`
    if (isText) return `r.${scalar}().toString()`
    if (scalar === 'int64') return `${code.use(varint64)}(r, ${place})`
    if (scalar === 'uint64') return `${code.use(unsignedVarint64)}(r, ${place})`
    return `${code.use(safe)}(r.${scalar}(), ${place})`
  }
}

/** How much is made where only a length of 0 is on the wire. */
function costOf({ fields, constants }: ProtoMessage): number {
  return 4 + constants.length + fields.reduce((sum, { absent }) => sum + (absent === 'empty' ? 8 : 1), 0)
}

function startOf({ type, label, absent }: ProtoField, types: ProtoTypes): string {
  if (absent === 'null') return 'null'
  if (absent === 'nothing') return 'undefined'
  if (absent === 'empty') return label === 'map' ? '{}' : '[]'
  if (type.kind === 'enum') return JSON.stringify(types.enumeration(type.name).zero)
  return zeroOf(type as Extract<ProtoType, { kind: 'scalar' }>)
}

function zeroOf({ scalar, text: isText }: Extract<ProtoType, { kind: 'scalar' }>): string {
  if (scalar === 'string') return `''`
  if (scalar === 'bytes') return 'new Uint8Array()'
  if (scalar === 'bool') return 'false'
  return isText ? `'0'` : '0'
}

/** The string that an enum's number stands for. Of an unknown one the check of the schema says what is allowed there. */
function textOf(
  texts: ReadonlyMap<number, string>,
  number: number,
  nothing: string | null | undefined,
): unknown {
  return number === 0 ? nothing : (texts.get(number) ?? number)
}

function anyText(texts: ReadonlyMap<number, string>, number: number): unknown {
  return texts.get(number) ?? number
}
