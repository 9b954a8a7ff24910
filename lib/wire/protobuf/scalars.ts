import type { ProtoType, Scalar } from './model.ts'

/** What the wire knows of a scalar. */
export interface ScalarFacts {
  /** 0: varint, 1: eight octets, 2: a length first, 5: four octets. */
  readonly wireType: 0 | 1 | 2 | 5
  /** `FieldDescriptorProto.Type`. */
  readonly number: number
  /** 32-bit and 64-bit integers: the smallest and the largest. */
  readonly range?: readonly [smallest: bigint, largest: bigint]
}

const signed32 = [-(2n ** 31n), 2n ** 31n - 1n] as const
const unsigned32 = [0n, 2n ** 32n - 1n] as const
const signed64 = [-(2n ** 63n), 2n ** 63n - 1n] as const
const unsigned64 = [0n, 2n ** 64n - 1n] as const

/** Every scalar. @see https://protobuf.dev/programming-guides/encoding/ */
export const scalars: Readonly<Record<Scalar, ScalarFacts>> = {
  double: { wireType: 1, number: 1 },
  float: { wireType: 5, number: 2 },
  int64: { wireType: 0, number: 3, range: signed64 },
  uint64: { wireType: 0, number: 4, range: unsigned64 },
  int32: { wireType: 0, number: 5, range: signed32 },
  fixed64: { wireType: 1, number: 6, range: unsigned64 },
  fixed32: { wireType: 5, number: 7, range: unsigned32 },
  bool: { wireType: 0, number: 8 },
  string: { wireType: 2, number: 9 },
  bytes: { wireType: 2, number: 12 },
  uint32: { wireType: 0, number: 13, range: unsigned32 },
  sfixed32: { wireType: 5, number: 15, range: signed32 },
  sfixed64: { wireType: 1, number: 16, range: signed64 },
  sint32: { wireType: 0, number: 17, range: signed32 },
  sint64: { wireType: 0, number: 18, range: signed64 },
}

/** The scalars that hold 64-bit integers, which JavaScript's numbers do not. */
export function is64(scalar: Scalar): boolean {
  return scalar.endsWith('64')
}

/** A field's number and how what follows is laid out, in one number. */
export function tagOf(number: number, wireType: number): number {
  return number * 8 + wireType
}

/** How a value of the type is laid out. */
export function wireTypeOf(type: ProtoType): number {
  return type.kind === 'scalar' ? scalars[type.scalar].wireType : type.kind === 'enum' ? 0 : 2
}
