import type { Remarks, Reserved, Scalar } from '../../wire/protobuf/model.ts'
import { joinName, jsonName } from '../../wire/protobuf/names.ts'
import type {
  EnumDescriptor,
  FieldDescriptor,
  FileDescriptor,
  MessageDescriptor,
  Named,
  ServiceDescriptor,
} from './descriptor-parts.ts'
import type { SetReader } from './parser-library.ts'
import type { RawEnum, RawField, RawFile, RawMessage, RawService } from './raw-proto.ts'
import { isOption, refuseAt, toldOf, unsaid } from './refuse-at.ts'

/** Reads what `protoc --descriptor_set_out` wrote. Throws, naming file and place, for what a contract cannot say. */
export function readDescriptorSet(bytes: Uint8Array, { FileDescriptorSet }: SetReader): readonly RawFile[] {
  const { file = [] } = FileDescriptorSet.toObject(decode(bytes, FileDescriptorSet), { enums: String }) as {
    readonly file?: readonly FileDescriptor[]
  }
  return file.map((one) => new SetFileReader(one).file())
}

function decode(bytes: Uint8Array, set: SetReader['FileDescriptorSet']): unknown {
  try {
    return set.decode(bytes)
  } catch (cause) {
    throw new TypeError(
      'these bytes are no FileDescriptorSet; make one with protoc --descriptor_set_out --include_imports',
      {
        cause,
      },
    )
  }
}

// A class because the cases are mutually recursive over shared state.
class SetFileReader {
  private readonly given: FileDescriptor
  private readonly comments: ReadonlyMap<string, string>
  private readonly leftOut = new Set<string>()

  constructor(given: FileDescriptor) {
    this.given = given
    const { location = [] } = given.sourceCodeInfo ?? {}
    this.comments = new Map(
      location.map(({ path = [], leadingComments = '', trailingComments = '' }) => [
        path.join('.'),
        trimmed(leadingComments || trailingComments),
      ]),
    )
  }

  file(): RawFile {
    const { name, package: packageName = '', dependency = [], syntax = 'proto2', service = [] } = this.given
    if (syntax !== 'proto2' && syntax !== 'proto3') this.refuse(name, unsaid.edition(syntax))
    const isOld = syntax === 'proto2'
    if (isOld) this.leftOut.add(toldOf.proto2)
    for (const option of Object.keys(this.given.options ?? {})) this.leftOut.add(`option ${option}`)
    this.refuseExtensions(this.given.extension, packageName)
    const { messageType = [], enumType = [] } = this.given
    return {
      name,
      package: packageName,
      imports: dependency,
      messages: messageType.map((one, i) => this.message(one, packageName, { path: `4.${i}`, isOld })),
      enums: enumType.map((one, i) => this.enumeration(one, packageName, `5.${i}`)),
      services: service.map((one, i) => this.service(one, packageName, `6.${i}`)),
      leftOut: [...this.leftOut],
    }
  }

  private refuse(what: string, problem: string): never {
    return refuseAt({ file: this.given.name, what }, problem)
  }

  private remarks({ options }: Named, path: string): Remarks {
    const comment = this.comments.get(path)
    return { ...(comment && { comment }), ...(options?.deprecated === true && { deprecated: true }) }
  }

  private refuseExtensions(all: readonly FieldDescriptor[] = [], outer: string): void {
    for (const { name, extendee = '' } of all) {
      if (isOption(extendee)) this.leftOut.add(`the option ${joinName(outer, name)}`)
      else this.refuse(joinName(outer, name), unsaid.extending(extendee.slice(1)))
    }
  }

  private message(one: MessageDescriptor, outer: string, at: { path: string; isOld: boolean }): RawMessage {
    const { path, isOld } = at
    const fullName = joinName(outer, one.name)
    if (one.extensionRange) this.refuse(fullName, unsaid.extensions)
    this.refuseExtensions(one.extension, fullName)
    const { field = [], nestedType = [], enumType = [] } = one
    return {
      name: one.name,
      fullName,
      ...this.remarks(one, path),
      fields: field.map((inner, i) => this.field(inner, one, { fullName, path: `${path}.2.${i}`, isOld })),
      messages: nestedType.flatMap((inner, i) =>
        inner.options?.mapEntry ? [] : [this.message(inner, fullName, { path: `${path}.3.${i}`, isOld })],
      ),
      enums: enumType.map((inner, i) => this.enumeration(inner, fullName, `${path}.4.${i}`)),
      reserved: reserved(one, 1),
    }
  }

  private field(
    field: FieldDescriptor,
    { nestedType = [], oneofDecl = [] }: MessageDescriptor,
    at: { fullName: string; path: string; isOld: boolean },
  ): RawField {
    const { name, number, label, oneofIndex, proto3Optional = false } = field
    const where = `${at.fullName}.${name}`
    if (label === 'LABEL_REQUIRED') this.refuse(where, unsaid.required)
    if (field.type === 'TYPE_GROUP') this.refuse(where, unsaid.group)
    if (field.defaultValue !== undefined) this.refuse(where, unsaid.ownDefault)
    if (field.options?.packed === false) this.leftOut.add(toldOf.unpacked(where))
    const common = {
      name,
      number,
      ...(field.jsonName !== undefined && field.jsonName !== jsonName(name) && { jsonName: field.jsonName }),
      ...this.remarks(field, at.path),
    }
    const entry = nestedType.find(
      (inner) => inner.options?.mapEntry && field.typeName === `.${at.fullName}.${inner.name}`,
    )
    if (entry) {
      const [key, value] = [1, 2].map((part) => entry.field!.find((inner) => inner.number === part)!)
      return { ...common, label: 'map', mapKey: typeOf(key!) as Scalar, type: typeOf(value!) }
    }
    const oneof = oneofIndex === undefined || proto3Optional ? undefined : oneofDecl[oneofIndex]!.name
    const isOptional = proto3Optional || (at.isOld && oneof === undefined)
    return {
      ...common,
      type: typeOf(field),
      label: label === 'LABEL_REPEATED' ? 'repeated' : isOptional ? 'optional' : 'single',
      ...(oneof !== undefined && { oneof }),
    }
  }

  private enumeration(one: EnumDescriptor, outer: string, path: string): RawEnum {
    const { name, value = [] } = one
    return {
      name,
      fullName: joinName(outer, name),
      ...this.remarks(one, path),
      values: value.map((each, i) => ({
        name: each.name,
        number: each.number ?? 0,
        ...this.remarks(each, `${path}.2.${i}`),
      })),
      reserved: reserved(one, 0),
    }
  }

  private service(one: ServiceDescriptor, outer: string, path: string): RawService {
    const fullName = joinName(outer, one.name)
    const methods = (one.method ?? []).map((method, i) => {
      const { name, inputType, outputType, clientStreaming = false, serverStreaming = false } = method
      const level = method.options?.idempotencyLevel
      if (level === 'NO_SIDE_EFFECTS') this.leftOut.add(toldOf.noSideEffects(`${fullName}.${name}`))
      return {
        name,
        input: inputType,
        output: outputType,
        streamsIn: clientStreaming,
        streamsOut: serverStreaming,
        idempotent: level === 'IDEMPOTENT' || level === 'NO_SIDE_EFFECTS',
        ...this.remarks(method, `${path}.2.${i}`),
      }
    })
    return { name: one.name, fullName, ...this.remarks(one, path), methods }
  }
}

function typeOf({ type, typeName }: FieldDescriptor): string {
  return typeName ?? type.slice('TYPE_'.length).toLowerCase()
}

/** Messages' ranges end behind their last number, enums' with it. */
function reserved(
  { reservedRange = [], reservedName = [] }: Pick<EnumDescriptor, 'reservedRange' | 'reservedName'>,
  behind: number,
): Reserved {
  return {
    ranges: reservedRange.map(({ start = 0, end = 0 }) => [start, end - behind] as const),
    names: reservedName,
  }
}

function trimmed(comment: string): string {
  return comment
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
}
