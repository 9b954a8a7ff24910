import type { Enum, Field, MapField, Method, Namespace, ReflectionObject, Service, Type } from 'protobufjs'
import type { Remarks, Reserved, Scalar } from '../../wire/protobuf/model.ts'
import { joinName, jsonName as jsonNameOf } from '../../wire/protobuf/names.ts'
import type { ParserLibrary } from './parser-library.ts'
import type { RawEnum, RawField, RawFile, RawMessage, RawService } from './raw-proto.ts'
import { isOption, refuseAt, toldOf, unsaid, type Where } from './refuse-at.ts'

/** Reads a .proto file's text. Throws, with its name and where it can the line, for what a contract cannot say. */
export function readProtoText(name: string, text: string, library: ParserLibrary): RawFile {
  return new TextReader(name, text, library).file()
}

// A class because the cases are mutually recursive over shared state.
class TextReader {
  private readonly name: string
  private readonly text: string
  private readonly library: ParserLibrary
  private readonly leftOut = new Set<string>()

  constructor(name: string, text: string, library: ParserLibrary) {
    this.name = name
    this.text = text
    this.library = library
  }

  file(): RawFile {
    const { root, package: packageName = '', imports } = this.parse()
    const inner = packageName === '' ? root : (root.lookup(packageName) as Namespace)
    const top = inner.nestedArray.filter((one) => one.constructor !== this.library.Namespace)
    const edition = editionOf(top[0])
    if (edition !== undefined && edition !== 'proto2')
      refuseAt(this.at('edition', /\bedition\s*=/), unsaid.edition(`edition ${edition}`))
    if (edition === 'proto2') this.leftOut.add(toldOf.proto2)
    this.options(inner, '')
    return {
      name: this.name,
      package: packageName,
      imports: imports ?? [],
      ...this.inside(top, packageName, edition === 'proto2'),
      services: this.only(top, this.library.Service).map((one) => this.service(one, packageName)),
      leftOut: [...this.leftOut],
    }
  }

  private parse(): ReturnType<ParserLibrary['parse']> {
    const { Root } = this.library
    // Its types know neither of these.
    const parse = this.library.parse as ParserLibrary['parse'] & { filename: string | null }
    parse.filename = this.name
    try {
      return parse(this.text, new Root(), { keepCase: true, alternateCommentMode: true })
    } catch (cause) {
      const { message } = cause as Error
      const where = message.includes(this.name) ? '' : `${this.name}: `
      throw new TypeError(`${where}${message}`, { cause })
    } finally {
      parse.filename = null
    }
  }

  private only<T extends ReflectionObject>(
    all: readonly ReflectionObject[],
    kind: new (...parts: never[]) => T,
  ): readonly T[] {
    return all.filter((one): one is T => one instanceof kind)
  }

  private inside(
    all: readonly ReflectionObject[],
    outer: string,
    isOld: boolean,
  ): Pick<RawFile, 'messages' | 'enums'> {
    const extensions = this.only(all, this.library.Field)
    for (const { name, extend = '' } of extensions) {
      // Options of one's own are declared so; whoever uses them does not need them here.
      if (isOption(extend)) this.leftOut.add(`the option ${joinName(outer, name)}`)
      else refuseAt(this.at(name), unsaid.extending(extend))
    }
    return {
      messages: this.only(all, this.library.Type).map((one) => this.message(one, outer, isOld)),
      enums: this.only(all, this.library.Enum).map((one) => this.enumeration(one, outer)),
    }
  }

  private message(type: Type, outer: string, isOld: boolean): RawMessage {
    const fullName = joinName(outer, type.name)
    const { extensions, group } = type as { extensions?: unknown[]; group?: boolean }
    if (extensions !== undefined) refuseAt(this.at(fullName, /\bextensions\s/, type.name), unsaid.extensions)
    if (group) refuseAt(this.at(fullName, new RegExp(`\\bgroup\\s+${type.name}\\b`)), unsaid.group)
    this.options(type, fullName)
    const own = type.fieldsArray.filter((field) => !field.name.startsWith('.'))
    return {
      name: type.name,
      fullName,
      ...remarks(type),
      fields: own.map((field) => this.field(field, fullName, isOld)),
      ...this.inside(type.nestedArray, fullName, isOld),
      reserved: reserved(type.reserved),
    }
  }

  private field(field: Field, outer: string, isOld: boolean): RawField {
    const fullName = `${outer}.${field.name}`
    const place = (): Where => this.at(fullName, new RegExp(`\\b${field.name}\\s*=\\s*${field.id}\\b`))
    const { rule } = field as { rule?: string }
    const options = field.options ?? {}
    if (rule === 'required') refuseAt(place(), unsaid.required)
    if ('default' in options) refuseAt(place(), unsaid.ownDefault)
    if (options['packed'] === false) this.leftOut.add(toldOf.unpacked(fullName))
    this.options(field, fullName)
    const isOptional = options['proto3_optional'] === true
    const oneof = isOptional ? undefined : field.partOf?.name
    const isMap = field instanceof this.library.MapField
    const label = isMap
      ? 'map'
      : rule === 'repeated'
        ? 'repeated'
        : isOptional || (isOld && oneof === undefined)
          ? 'optional'
          : 'single'
    const { json_name: jsonName } = options
    return {
      name: field.name,
      number: field.id,
      type: field.type,
      label,
      ...(isMap && { mapKey: (field as MapField).keyType as Scalar }),
      ...(oneof !== undefined && { oneof }),
      ...(typeof jsonName === 'string' && jsonName !== jsonNameOf(field.name) && { jsonName }),
      ...remarks(field),
    }
  }

  private enumeration(one: Enum, outer: string): RawEnum {
    const fullName = joinName(outer, one.name)
    this.options(one, fullName)
    return {
      name: one.name,
      fullName,
      ...remarks(one),
      values: Object.entries(one.values).map(([name, number]) => ({
        name,
        number,
        ...(one.comments[name] && { comment: one.comments[name] }),
        ...(one.valuesOptions?.[name]?.['deprecated'] === true && { deprecated: true }),
      })),
      reserved: reserved(one.reserved),
    }
  }

  private service(one: Service, outer: string): RawService {
    const fullName = joinName(outer, one.name)
    this.options(one, fullName)
    return {
      name: one.name,
      fullName,
      ...remarks(one),
      methods: one.methodsArray.map((method) => this.method(method, fullName)),
    }
  }

  private method(method: Method, outer: string): RawService['methods'][number] {
    this.options(method, `${outer}.${method.name}`)
    const level = method.options?.['idempotency_level']
    if (level === 'NO_SIDE_EFFECTS') this.leftOut.add(toldOf.noSideEffects(`${outer}.${method.name}`))
    return {
      name: method.name,
      input: method.requestType,
      output: method.responseType,
      streamsIn: method.requestStream === true,
      streamsOut: method.responseStream === true,
      idempotent: level === 'IDEMPOTENT' || level === 'NO_SIDE_EFFECTS',
      ...remarks(method),
    }
  }

  /** Remembers the options that are nobody's here. */
  private options({ options }: ReflectionObject, fullName: string): void {
    for (const option of Object.keys(options ?? {})) {
      const own = /^\([^)]*\)/.exec(option)?.[0] ?? (fullName === '' ? option : undefined)
      if (own !== undefined) this.leftOut.add(`option ${own}${fullName && ` of ${fullName}`}`)
    }
  }

  /** A place in the file: its line is found by what stands there, behind the message that it stands in. */
  private at(what: string, pattern?: RegExp, inside?: string): Where {
    const from = inside === undefined ? 0 : Math.max(0, this.text.search(new RegExp(`\\b${inside}\\b`)))
    const index = pattern ? this.text.slice(from).search(pattern) : -1
    const line = index < 0 ? undefined : this.text.slice(0, from + index).split('\n').length
    return { file: this.name, line, what }
  }
}

function editionOf(one: ReflectionObject | undefined): string | undefined {
  return (one as { toJSON?: () => { edition?: string } } | undefined)?.toJSON?.().edition
}

function remarks({ comment, options }: ReflectionObject): Remarks {
  return { ...(comment && { comment }), ...(options?.['deprecated'] === true && { deprecated: true }) }
}

function reserved(all: readonly (number[] | string)[] | undefined): Reserved {
  const given = all ?? []
  return {
    ranges: given.filter((one) => typeof one !== 'string').map(([from, to]) => [from!, to!]),
    names: given.filter((one) => typeof one === 'string'),
  }
}
