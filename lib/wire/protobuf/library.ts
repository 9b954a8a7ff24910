/** A 64-bit integer as protobufjs gives it. */
export interface Long {
  readonly low: number
  readonly high: number
  toString(): string
}

/** protobufjs's reader, as far as it is used here. */
export interface ProtoReader {
  readonly buf: Uint8Array
  pos: number
  len: number
  /** Ours: how many more values may be made of this message. */
  left: number
  tag(): number
  size(): number
  skipType(wireType: number, depth: number, field: number): unknown
  string(): string
  stringVerify(): string
  bytes(): Uint8Array
  bool(): boolean
  double(): number
  float(): number
  int32(): number
  uint32(): number
  int64(): Long
  uint64(): Long
  sint64(): Long
  fixed64(): Long
  sfixed64(): Long
}

/** protobufjs's writer, as far as it is used here. */
export interface ProtoWriter {
  uint32(value: number): ProtoWriter
  sint32(value: number): ProtoWriter
  int64(value: number | Long): ProtoWriter
  uint64(value: number | Long): ProtoWriter
  sint64(value: number | Long): ProtoWriter
  fixed64(value: number | Long): ProtoWriter
  sfixed64(value: number | Long): ProtoWriter
  int32(value: number): ProtoWriter
  fixed32(value: number): ProtoWriter
  sfixed32(value: number): ProtoWriter
  bool(value: boolean): ProtoWriter
  double(value: number): ProtoWriter
  float(value: number): ProtoWriter
  string(value: string): ProtoWriter
  bytes(value: Uint8Array): ProtoWriter
  fork(): ProtoWriter
  ldelim(): ProtoWriter
  /** With true the writer's own memory is given away instead of a copy. */
  finish(shared?: boolean): Uint8Array
}

/** The part of protobufjs that stands behind the generated code. */
export interface Protobuf {
  readonly Reader: { create(bytes: Uint8Array): ProtoReader }
  readonly Writer: { create(): ProtoWriter }
}

/** Loads protobufjs, an optional peer. Throws, saying what to install, where it is missing. */
export async function loadProtobuf(
  load: () => Promise<unknown> = () => import('protobufjs/minimal.js'),
): Promise<Protobuf> {
  try {
    return ((await load()) as { default: Protobuf }).default
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new Error('protobuf needs the package protobufjs: npm install protobufjs', { cause })
  }
}

function isMissing(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}
