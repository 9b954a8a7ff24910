import type { KnownMessage, KnownType, ProtoField, ProtoMessage, Scalar, Wrapper } from './model.ts'

/** What each of Google's wrappers holds. @see https://protobuf.dev/reference/protobuf/google.protobuf/ */
export const wrappers: Readonly<Record<Wrapper, Scalar>> = {
  StringValue: 'string',
  BytesValue: 'bytes',
  BoolValue: 'bool',
  DoubleValue: 'double',
  FloatValue: 'float',
  Int32Value: 'int32',
  UInt32Value: 'uint32',
  Int64Value: 'int64',
  UInt64Value: 'uint64',
}

/** Whether one of Google's messages holds one scalar. */
export function isWrapper(name: KnownMessage): name is Wrapper {
  return name in wrappers
}

/** Those of Google's messages that code is generated for as for ours; the others have functions of their own. */
export function knownMessage({ name, text, whole }: KnownType): ProtoMessage {
  const fullName = `google.protobuf.${name}`
  const common = {
    name,
    fullName,
    constants: [],
    messages: [],
    enums: [],
    reserved: { ranges: [], names: [] },
  }
  const field = (
    number: number,
    own: string,
    more: Pick<ProtoField, 'type'> & Partial<ProtoField>,
  ): ProtoField => ({
    name: own,
    key: own,
    number,
    label: 'single',
    absent: 'zero',
    ...more,
  })
  const scalar = (one: Scalar): ProtoField['type'] => ({ kind: 'scalar', scalar: one, ...(text && { text }) })
  if (name === 'Any')
    return {
      ...common,
      shape: 'object',
      fields: [
        field(1, 'type_url', { key: '@type', type: scalar('string') }),
        field(2, 'value', { type: scalar('bytes') }),
      ],
    }
  if (name === 'FieldMask')
    return {
      ...common,
      shape: 'box',
      fields: [field(1, 'paths', { key: '', type: scalar('string'), label: 'repeated', absent: 'empty' })],
    }
  if (!isWrapper(name)) return { ...common, shape: 'object', fields: [] }
  const value = field(1, 'value', { type: scalar(wrappers[name]), ...(!whole && { key: '' }) })
  return { ...common, shape: whole ? 'object' : 'box', fields: [value] }
}
