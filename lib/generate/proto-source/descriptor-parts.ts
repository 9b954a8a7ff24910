// The parts of descriptor.proto that are looked at, as protobufjs gives them: what is not there is left out.
// https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto

interface Options {
  readonly deprecated?: boolean
  readonly packed?: boolean
  readonly mapEntry?: boolean
  readonly idempotencyLevel?: string
}

/** What everything has. */
export interface Named {
  readonly name: string
  readonly options?: Options
}

/** `FieldDescriptorProto`. */
export interface FieldDescriptor extends Named {
  readonly number: number
  readonly label: string
  readonly type: string
  readonly typeName?: string
  readonly extendee?: string
  readonly defaultValue?: string
  readonly oneofIndex?: number
  readonly jsonName?: string
  readonly proto3Optional?: boolean
}

interface Range {
  readonly start?: number
  readonly end?: number
}

/** `EnumDescriptorProto`. */
export interface EnumDescriptor extends Named {
  readonly value?: readonly (Named & { readonly number?: number })[]
  readonly reservedRange?: readonly Range[]
  readonly reservedName?: readonly string[]
}

/** `DescriptorProto`. */
export interface MessageDescriptor extends Named {
  readonly field?: readonly FieldDescriptor[]
  readonly extension?: readonly FieldDescriptor[]
  readonly extensionRange?: readonly unknown[]
  readonly nestedType?: readonly MessageDescriptor[]
  readonly enumType?: readonly EnumDescriptor[]
  readonly oneofDecl?: readonly Named[]
  readonly reservedRange?: readonly Range[]
  readonly reservedName?: readonly string[]
}

/** `MethodDescriptorProto`. */
export interface MethodDescriptor extends Named {
  readonly inputType: string
  readonly outputType: string
  readonly clientStreaming?: boolean
  readonly serverStreaming?: boolean
}

/** `ServiceDescriptorProto`. */
export interface ServiceDescriptor extends Named {
  readonly method?: readonly MethodDescriptor[]
}

/** `FileDescriptorProto`. */
export interface FileDescriptor extends Named {
  readonly package?: string
  readonly dependency?: readonly string[]
  readonly messageType?: readonly MessageDescriptor[]
  readonly enumType?: readonly EnumDescriptor[]
  readonly service?: readonly ServiceDescriptor[]
  readonly extension?: readonly FieldDescriptor[]
  readonly syntax?: string
  readonly sourceCodeInfo?: {
    readonly location?: readonly {
      readonly path?: readonly number[]
      readonly leadingComments?: string
      readonly trailingComments?: string
    }[]
  }
}
