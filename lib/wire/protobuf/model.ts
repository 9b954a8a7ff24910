// Methods and their schemas as protobuf sees them: data only. Codecs, descriptors and .proto text are made from it.

/** Protobuf's types of one value. */
export type Scalar =
  | 'string'
  | 'bytes'
  | 'bool'
  | 'double'
  | 'float'
  | 'int32'
  | 'uint32'
  | 'sint32'
  | 'fixed32'
  | 'sfixed32'
  | 'int64'
  | 'uint64'
  | 'sint64'
  | 'fixed64'
  | 'sfixed64'

/** Google's messages of one scalar, which tell its zero from nothing. */
export type Wrapper =
  | 'StringValue'
  | 'BytesValue'
  | 'BoolValue'
  | 'DoubleValue'
  | 'FloatValue'
  | 'Int32Value'
  | 'UInt32Value'
  | 'Int64Value'
  | 'UInt64Value'

/** Google's messages that values are written as; `google.protobuf.` stands before their names. */
export type KnownMessage =
  | 'Timestamp'
  | 'Duration'
  | 'Value'
  | 'Struct'
  | 'ListValue'
  | 'Any'
  | 'Empty'
  | 'FieldMask'
  | Wrapper

/** One of Google's messages. */
export interface KnownType {
  readonly kind: 'known'
  readonly name: KnownMessage
  /** Of a wrapper: a 64-bit integer that is a decimal string in JSON. */
  readonly text?: boolean
  /** Of a wrapper: in JSON it is an object too, `{ value }`; what a method takes and gives is one. */
  readonly whole?: boolean
}

/** What one value of a field is. Names of messages and enums are full: package, outer messages, own name. */
export type ProtoType =
  /** `text`: a 64-bit integer that is a decimal string in JSON. */
  | { readonly kind: 'scalar'; readonly scalar: Scalar; readonly text?: boolean }
  | { readonly kind: 'message'; readonly name: string }
  | { readonly kind: 'enum'; readonly name: string }
  | KnownType

/** What people are told of a part of the model. */
export interface Remarks {
  readonly comment?: string | undefined
  readonly deprecated?: boolean | undefined
}

/** A field of a message. */
export interface ProtoField extends Remarks {
  readonly name: string
  /** The property that it is in JSON; nothing in a box. */
  readonly key: string
  /** Pinned by `field()` in a new model; always there once numbers are resolved. */
  readonly number?: number | undefined
  readonly type: ProtoType
  readonly label: 'single' | 'optional' | 'repeated' | 'map'
  /** What JSON has where the wire has nothing. */
  readonly absent: 'zero' | 'empty' | 'null' | 'nothing'
  /** Of a map: its keys' type, which are strings in JSON. */
  readonly mapKey?: Scalar | undefined
  /** The oneof that it stands in; at most one of its fields is there. */
  readonly oneof?: string | undefined
  /** Written into the .proto where the one that protobuf would make of the name is no use. */
  readonly jsonName?: string | undefined
  /** In a union: the tag's value that this branch stands for. */
  readonly tag?: unknown
}

/** What is kept free: numbers from one to the other, both among them, and names. */
export interface Reserved {
  readonly ranges: readonly (readonly [from: number, to: number])[]
  readonly names: readonly string[]
}

/** A message. */
export interface ProtoMessage extends Remarks {
  readonly name: string
  readonly fullName: string
  /** Of those that are inside of no other: the file, where it is not its package's own. */
  readonly file?: string | undefined
  /**
   * What it is in JSON. `object`: an object with a property for each field. `union`: the object that its one branch is,
   * told apart by a tag. `box`: what its only field holds, since lists of lists and the like need a message between them.
   */
  readonly shape: 'object' | 'union' | 'box'
  readonly fields: readonly ProtoField[]
  /** Properties that can have one value only: they take no room on the wire, the reader puts them back. */
  readonly constants: readonly (readonly [key: string, value: unknown])[]
  /** Of a union: the property that is its tag. */
  readonly union?: { readonly key: string } | undefined
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
  readonly reserved: Reserved
}

/** One of an enum's values. */
export interface ProtoEnumValue extends Remarks {
  readonly name: string
  /** The string that it is in JSON. */
  readonly text: string
  readonly number?: number | undefined
}

/** An enum's value 0; it has no string in JSON where it only says that nothing was said. */
export interface ProtoEnumZero extends Remarks {
  readonly name: string
  readonly text?: string | undefined
}

/** An enum. */
export interface ProtoEnum extends Remarks {
  readonly name: string
  readonly fullName: string
  /** Of those that are inside of no message: the file, where it is not its package's own. */
  readonly file?: string | undefined
  readonly zero: ProtoEnumZero
  /** The others. */
  readonly values: readonly ProtoEnumValue[]
  readonly reserved: Reserved
}

/** A method. */
export interface ProtoMethod extends Remarks {
  readonly name: string
  /** The names that it has in our services. */
  readonly ours: { readonly service: string; readonly method: string }
  readonly input: ProtoType
  readonly output: ProtoType
  readonly streamsIn: boolean
  readonly streamsOut: boolean
  readonly idempotent: boolean
}

/** A service. */
export interface ProtoService extends Remarks {
  readonly name: string
  readonly methods: readonly ProtoMethod[]
}

/** A file: everything of one package, unless annotations spread it over several. */
export interface ProtoFile {
  readonly name: string
  /** Empty where the file names none. */
  readonly package: string
  /** The files that it needs, Google's among them, in order. */
  readonly imports: readonly string[]
  readonly services: readonly ProtoService[]
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
}

/** What a set of methods is in protobuf. */
export interface ProtoModel {
  readonly files: readonly ProtoFile[]
}

/** Every message of a model, nested ones too, behind what holds them. */
export function* messagesOf({
  messages,
}: {
  readonly messages: readonly ProtoMessage[]
}): Generator<ProtoMessage, void, undefined> {
  for (const message of messages) {
    yield message
    yield* messagesOf(message)
  }
}

/** Every enum, nested ones too. */
export function* enumsOf(holder: {
  readonly messages: readonly ProtoMessage[]
  readonly enums: readonly ProtoEnum[]
}): Generator<ProtoEnum, void, undefined> {
  yield* holder.enums
  for (const message of holder.messages) yield* enumsOf(message)
}
