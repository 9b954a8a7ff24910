import { Type, type TSchema } from '@sinclair/typebox'
import { describe, expect, it } from 'vitest'
import { field } from '../../../lib/core/schema/field.ts'
import { mapMethods } from '../../../lib/wire/protobuf/map-methods.ts'
import { resolveNumbers, type ProtoLock } from '../../../lib/wire/protobuf/numbers.ts'
import { echoOf, fieldsOf } from './codec-of.ts'

const lockOf = (schema: TSchema, lock?: ProtoLock): ProtoLock =>
  resolveNumbers(mapMethods([echoOf(schema)]), lock).lock
const text = Type.String()

describe('field numbers', () => {
  const before = Type.Object({ a: text, b: text, c: Type.Object({ x: text, y: text }) })
  const lock = lockOf(before)

  it('are those of the declaration, and are locked by the names of messages', () => {
    expect(lock).toMatchObject({
      'test.EchoRequest': { fields: { a: 1, b: 2, c: 3 }, reserved: [] },
      'test.EchoRequest.C': { fields: { x: 1, y: 2 }, reserved: [] },
    })
  })

  it('stay when properties change places', () => {
    const after = Type.Object({ c: Type.Object({ y: text, x: text }), b: text, a: text })
    expect(fieldsOf(after, lock)).toEqual([
      'message C {',
      'string y = 2;',
      'string x = 1;',
      '}',
      'C c = 3;',
      'string b = 2;',
      'string a = 1;',
    ])
    expect(lockOf(after, lock)).toEqual(lock)
  })

  it('of deleted properties are never given again, not even to the same name', () => {
    const without = Type.Object({ b: text, d: text })
    const later = lockOf(without, lock)
    expect(later['test.EchoRequest']).toEqual({ fields: { b: 2, d: 4 }, reserved: [1, 3] })
    expect(fieldsOf(without, lock)).toEqual(['reserved 1, 3;', 'string b = 2;', 'string d = 4;'])
    const again = Type.Object({ a: text, b: text, d: text })
    expect(lockOf(again, later)['test.EchoRequest']).toEqual({
      fields: { a: 5, b: 2, d: 4 },
      reserved: [1, 3],
    })
  })

  it('stay locked while their message is away', () => {
    expect(lockOf(Type.Object({ a: text }), lock)['test.EchoRequest.C']).toEqual(lock['test.EchoRequest.C'])
  })

  it('of choices are locked too', () => {
    const choice = (...values: string[]): TSchema =>
      Type.Object({ a: Type.Union(values.map((value) => Type.Literal(value))) })
    const first = lockOf(choice('x', 'y', 'z'))
    expect(first['test.EchoRequest.A']).toEqual({ fields: { x: 1, y: 2, z: 3 }, reserved: [] })
    expect(fieldsOf(choice('w', 'z', 'x'), first).slice(0, -1)).toEqual([
      'enum A {',
      'reserved 2;',
      'A_UNSPECIFIED = 0;',
      'A_W = 4;',
      'A_Z = 3;',
      'A_X = 1;',
      '}',
    ])
  })

  it('of the branches of a union are locked too', () => {
    const branch = (kind: string): TSchema => Type.Object({ kind: Type.Literal(kind) })
    const first = lockOf(Type.Union([branch('x'), branch('y')]))
    const second = lockOf(Type.Union([branch('z'), branch('y')]), first)
    expect(second['test.EchoRequest']).toEqual({ fields: { z: 3, y: 2 }, reserved: [1] })
  })

  it('that are pinned are left to those that pinned them, and protobuf keeps 19,000 to 19,999', () => {
    const schema = Type.Object({ a: text, b: field(1, text), c: text, d: field(3, text) })
    expect(fieldsOf(schema)).toEqual(['string a = 2;', 'string b = 1;', 'string c = 4;', 'string d = 3;'])
    const [file] = mapMethods([echoOf(Type.Object({ a: text }))]).files
    const [message] = file!.messages
    const many = Array.from({ length: 19_001 }, (_, i) => ({ ...message!.fields[0]!, name: `f${i}` }))
    const model = { files: [{ ...file!, messages: [{ ...message!, fields: many }] }] }
    const { fields } = resolveNumbers(model).lock['test.EchoRequest']!
    expect([fields['f18998'], fields['f18999'], fields['f19000']]).toEqual([18_999, 20_000, 20_001])
  })

  it('that are pinned may not contradict the lock', () => {
    expect(() => lockOf(Type.Object({ a: field(9, text) }), lock)).toThrow(
      /^test\.EchoRequest: "a" is pinned to 9, and proto\.lock\.json gave it 1/,
    )
    const deleted = lockOf(Type.Object({ b: text }), lock)
    expect(() => lockOf(Type.Object({ z: field(1, text) }), deleted)).toThrow(
      /"z" has the number 1, which was another/,
    )
    expect(() => lockOf(Type.Object({ a: text, z: field(2, text), b: text }), lock)).toThrow(
      /"z" and "b" both have the number 2/,
    )
    expect(lockOf(before, lockOf(Type.Object({ a: field(1, text) })))).toMatchObject({
      'test.EchoRequest': { fields: { a: 1, b: 2, c: 3 } },
    })
  })

  it('are found without touching what was given', () => {
    const frozen = Object.freeze({
      'test.EchoRequest': Object.freeze({ fields: Object.freeze({ a: 2 }), reserved: [] }),
    })
    expect(lockOf(before, frozen)['test.EchoRequest']).toEqual({ fields: { a: 2, b: 1, c: 3 }, reserved: [] })
    expect(frozen['test.EchoRequest'].fields).toEqual({ a: 2 })
  })
})
