import { Type } from '@sinclair/typebox'
import pb from 'protobufjs'
import { describe, expect, it } from 'vitest'
import { rpc } from '../../../lib/core/builder.ts'
import { RpcError } from '../../../lib/core/errors.ts'
import { defineService } from '../../../lib/core/service.ts'
import { Empty, t } from '../../../lib/core/schema/t.ts'
import { protoCodecs, type ProtoCodec } from '../../../lib/wire/protobuf/codecs.ts'
import { codecOf, sourceOf } from './codec-of.ts'

/** Bytes written field by field. */
const raw = (write: (w: pb.Writer) => unknown): Uint8Array => {
  const writer = pb.Writer.create()
  write(writer)
  return writer.finish()
}
const refusal = (message: RegExp, code = 'INVALID_ARGUMENT'): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) })
const caught = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError)
    return error
  }
}
const color = Type.Union([Type.Literal('red'), Type.Literal('green')])

describe('what is not on the wire', () => {
  it('is zero for a required scalar, empty for lists and records, and not there otherwise', async () => {
    const Inner = Type.Object({ b: Type.Integer() })
    const schema = Type.Object({
      text: Type.String(),
      whole: Type.Integer(),
      real: Type.Number(),
      flag: Type.Boolean(),
      big: t.BigInt(),
      bytes: t.Bytes(),
      list: Type.Array(Type.String()),
      filled: t.Default(Type.Array(Type.String()), ['a']),
      map: Type.Record(Type.String(), Type.String()),
      maybeNull: Type.Union([Type.String(), Type.Null()]),
      constant: Type.Literal('x'),
      // These have to be said: a check of the schema tells who has not.
      inner: Inner,
      when: t.DateTime(),
      color,
      any: Type.Unknown(),
      // These need not.
      maybe: Type.Optional(Type.String()),
      maybeInner: Type.Optional(Inner),
      maybeList: Type.Optional(Type.Array(Type.String())),
      other: t.Default(Type.Integer(), 7),
    })
    const codec = await codecOf(schema)
    expect(codec.readInput(new Uint8Array())).toEqual({
      text: '',
      whole: 0,
      real: 0,
      flag: false,
      big: '0',
      bytes: new Uint8Array(),
      list: [],
      filled: [],
      map: {},
      maybeNull: null,
      constant: 'x',
    })
  })

  it('is an object without a tag for a union, which its check refuses', async () => {
    const branch = (kind: string) => Type.Object({ kind: Type.Literal(kind), n: Type.Integer() })
    const codec = await codecOf(Type.Object({ a: Type.Union([branch('x'), branch('y')]) }))
    expect(codec.readInput(raw((w) => w.uint32(10).uint32(0)))).toEqual({ a: {} })
  })

  it('is zero in an entry of a map', async () => {
    const map = Type.Record(Type.String(), Type.Object({ n: Type.Integer() }))
    const codec = await codecOf(Type.Object({ map, dates: Type.Record(Type.String(), t.DateTime()) }))
    const bytes = raw((w) => w.uint32(10).fork().uint32(10).string('k').ldelim().uint32(18).uint32(0))
    expect(codec.readInput(bytes)).toEqual({
      map: { k: { n: 0 } },
      dates: { '': '1970-01-01T00:00:00.000Z' },
    })
  })
})

describe('64-bit integers', () => {
  it('lose no digits on their way in', async () => {
    const codec = await codecOf(Type.Object({ a: Type.Integer() }))
    for (const text of [
      '9007199254740992',
      '-9007199254740992',
      '9223372036854775807',
      '-9223372036854775808',
    ]) {
      const bytes = raw((w) => w.uint32(8).int64(text))
      expect(caught(() => codec.readInput(bytes))).toEqual(
        refusal(new RegExp(`^test.EchoRequest.a is ${text}, which exceeds 2\\^53; use t.BigInt\\(\\)$`)),
      )
    }
    for (const number of [
      2 ** 53 - 1,
      1 - 2 ** 53,
      127,
      128,
      16_383,
      16_384,
      2 ** 21 - 1,
      2 ** 21,
      2 ** 28,
      2 ** 35,
    ])
      expect(codec.readInput(raw((w) => w.uint32(8).int64(number)))).toEqual({ a: number })
  })

  it('lose none on their way out', async () => {
    const codec = await codecOf(Type.Object({ a: Type.Integer(), b: Type.Integer({ proto: 'uint64' }) }))
    for (const a of [2 ** 53, -(2 ** 53), 1e300])
      expect(caught(() => codec.writeInput({ a, b: 1 }))).toEqual(refusal(/exceeds 2\^53; use t\.BigInt\(\)/))
    expect(caught(() => codec.writeInput({ a: 1, b: -1 }))).toEqual(refusal(/b is -1, which is no uint64/))
    expect(caught(() => codec.writeInput({ a: 1.5, b: 1 }))).toEqual(
      refusal(/a must be an integer, not 1\.5/),
    )
  })

  it('have room for what a big integer holds, and say so where they have not', async () => {
    const codec = await codecOf(Type.Object({ a: t.BigInt(), b: t.BigInt({ proto: 'uint64' }) }))
    const good = { a: String(-(2n ** 63n)), b: String(2n ** 64n - 1n) }
    expect(codec.readInput(codec.writeInput(good))).toEqual(good)
    for (const [a, b] of [
      [String(2n ** 63n), '1'],
      ['1', String(2n ** 64n)],
      ['1', '-1'],
    ])
      expect(caught(() => codec.writeInput({ a, b }))).toEqual(
        refusal(/which is no u?int64; t\.BigInt\(\{ proto: 'string' \}\) has room for it/),
      )
    expect(caught(() => codec.writeInput({ a: '1e3', b: '1' }))).toEqual(refusal(/a must be digits/))
  })
})

describe('dates', () => {
  it.each([
    ['2024-05-17T09:30:00Z', '2024-05-17T09:30:00.000Z'],
    ['2024-05-17T09:30:00+02:00', '2024-05-17T07:30:00.000Z'],
    ['2024-05-17t09:30:00.5-0130', '2024-05-17T11:00:00.500Z'],
    ['2024-05-17T09:30:00.123456Z', '2024-05-17T09:30:00.123456Z'],
    ['1969-12-31T23:59:59.999999999Z', '1969-12-31T23:59:59.999999999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s arrives as %s', async (sent, got) => {
    const codec = await codecOf(Type.Object({ a: t.DateTime() }))
    expect(codec.readInput(codec.writeInput({ a: sent }))).toEqual({ a: got })
  })

  it.each(['0000-12-31T23:59:59Z', '2024-13-01T00:00:00Z', '2024', 'never', 5, null])(
    '%s is refused',
    async (a) => {
      const codec = await codecOf(Type.Object({ a: t.DateTime() }))
      expect(caught(() => codec.writeInput({ a }))).toEqual(
        refusal(/^test\.EchoRequest\.a (must be an RFC 3339|is )/),
      )
    },
  )

  it('out of range are refused on their way in', async () => {
    const codec = await codecOf(Type.Object({ a: t.DateTime() }))
    for (const [seconds, nanos] of [
      [253_402_300_800, 0],
      [-62_135_596_801, 0],
      [0, -1],
      [0, 1_000_000_000],
    ]) {
      const bytes = raw((w) =>
        w.uint32(10).fork().uint32(8).int64(seconds!).uint32(16).int32(nanos!).ldelim(),
      )
      expect(caught(() => codec.readInput(bytes))).toEqual(refusal(/a is no Timestamp/))
    }
  })
})

describe('what other versions and other peers write', () => {
  const schema = Type.Object({
    name: Type.String(),
    numbers: Type.Array(Type.Integer()),
    colors: Type.Array(color),
    inner: Type.Optional(
      Type.Object({ a: Type.Integer(), b: Type.Optional(Type.String()), c: Type.Array(Type.String()) }),
    ),
    color: Type.Optional(color),
  })

  it('may hold fields that nobody knows here, of every kind', async () => {
    const codec = await codecOf(schema)
    const bytes = raw((w) => {
      w.uint32(99 * 8)
        .uint64(2 ** 60)
        .uint32(99 * 8 + 1)
        .double(1)
        .uint32(99 * 8 + 2)
        .string('x')
      w.uint32(99 * 8 + 5)
        .float(1)
        .uint32(99 * 8 + 3)
        .uint32(8)
        .uint32(1)
        .uint32(99 * 8 + 4)
      return w.uint32(10).string('known')
    })
    expect(codec.readInput(bytes)).toEqual({ name: 'known', numbers: [], colors: [] })
  })

  it('may have a field laid out otherwise, which then is another one', async () => {
    const codec = await codecOf(schema)
    expect(codec.readInput(raw((w) => w.uint32(8).uint32(5)))).toMatchObject({ name: '' })
  })

  it('may pack numbers or not, or both', async () => {
    const codec = await codecOf(schema)
    const bytes = raw((w) => {
      w.uint32(16).int64(1).uint32(18).fork().int64(2).int64(-3).ldelim().uint32(16).int64(4)
      return w.uint32(24).int32(1).uint32(26).fork().int32(2).ldelim()
    })
    expect(codec.readInput(bytes)).toMatchObject({ numbers: [1, 2, -3, 4], colors: ['red', 'green'] })
  })

  it('may say a field twice: the last one counts, and messages are merged', async () => {
    const codec = await codecOf(schema)
    const bytes = raw((w) => {
      w.uint32(10).string('a').uint32(10).string('b')
      w.uint32(34).fork().uint32(8).int64(1).uint32(26).string('x').ldelim()
      return w.uint32(34).fork().uint32(18).string('c').uint32(26).string('y').ldelim()
    })
    expect(codec.readInput(bytes)).toMatchObject({ name: 'b', inner: { a: 1, b: 'c', c: ['x', 'y'] } })
  })

  it('may name a choice that came later: it stays a number, and the check says what is allowed', async () => {
    const codec = await codecOf(schema)
    expect(codec.readInput(raw((w) => w.uint32(40).int32(9)))).toMatchObject({ color: 9 })
    expect(codec.readInput(raw((w) => w.uint32(40).int32(0)))).not.toHaveProperty('color')
  })

  it('merge a branch of a union, and the last branch counts', async () => {
    const A = Type.Object({ kind: Type.Literal('a'), n: Type.Integer(), s: Type.String() })
    const B = Type.Object({ kind: Type.Literal('b'), n: Type.Integer() })
    const codec = await codecOf(Type.Union([A, B]))
    const bytes = raw((w) => {
      w.uint32(18).fork().uint32(8).int64(1).ldelim()
      w.uint32(10).fork().uint32(8).int64(2).ldelim()
      return w.uint32(10).fork().uint32(18).string('x').ldelim()
    })
    expect(codec.readInput(bytes)).toEqual({ kind: 'a', n: 2, s: 'x' })
  })
})

describe('bad bytes are INVALID_ARGUMENT', () => {
  const Tree = Type.Recursive(
    (Self) => Type.Object({ children: Type.Array(Self), any: Type.Optional(Type.Unknown()) }),
    {
      $id: 'Tree',
    },
  )
  const text = Type.Object({ text: Type.String() })

  it.each<[string, Uint8Array, RegExp]>([
    [
      'a length beyond the end',
      new Uint8Array([10, 5, 65]),
      /^not the protobuf of a test\.EchoRequest: index out of range/,
    ],
    ['a length of 4 GiB', new Uint8Array([10, 255, 255, 255, 255, 15]), /^not the protobuf/],
    ['a tag without a value', new Uint8Array([10]), /^not the protobuf/],
    ['field 0', new Uint8Array([2, 0]), /field number 0/],
    ['a wire type that is none', new Uint8Array([14, 0]), /invalid wire type 6/],
    ['a group that ends and never began', new Uint8Array([12]), /invalid wire type 4/],
    ['a group that never ends', new Uint8Array([83, 8, 1]), /index out of range/],
    ['text that is not UTF-8', new Uint8Array([10, 2, 0xc3, 0x28]), /text that is not UTF-8/],
    ['half a surrogate pair', new Uint8Array([10, 3, 0xed, 0xa0, 0x80]), /text that is not UTF-8/],
    [
      'an endless number',
      new Uint8Array([16, ...Array.from({ length: 11 }, () => 255)]),
      /^not the protobuf/,
    ],
  ])('%s', async (_, bytes, message) => {
    const codec = await codecOf(text)
    expect(caught(() => codec.readInput(bytes))).toEqual(refusal(message))
  })

  it('nesting deeper than 64, in messages and in JSON', async () => {
    const codec = await codecOf(Tree)
    const nested = (depth: number): unknown => ({ children: depth > 1 ? [nested(depth - 1)] : [] })
    const lists = (depth: number): unknown => (depth > 0 ? [lists(depth - 1)] : 1)
    expect(codec.readInput(codec.writeInput(nested(64)))).toEqual(nested(64))
    expect(caught(() => codec.readInput(codec.writeInput(nested(65))))).toEqual(refusal(/nested too deep/))
    expect(codec.readInput(codec.writeInput({ children: [], any: lists(63) }))).toEqual({
      children: [],
      any: lists(63),
    })
    expect(caught(() => codec.readInput(codec.writeInput({ children: [], any: lists(64) })))).toEqual(
      refusal(/nested too deep/),
    )
    const endless: Record<string, unknown> = { children: [] }
    endless['children'] = [endless]
    expect(caught(() => codec.writeInput(endless))).toEqual(refusal(/nested too deep/))
  })

  it('keys that could change a prototype', async () => {
    const codec = await codecOf(
      Type.Object({ map: Type.Record(Type.String(), Type.Unknown()), any: Type.Optional(Type.Unknown()) }),
    )
    for (const json of [
      '{"map":{"__proto__":{"polluted":1}}}',
      '{"map":{},"any":{"a":[{"__proto__":1}]}}',
      '{"map":{},"any":{"constructor":{"prototype":1}}}',
    ]) {
      const bytes = codec.writeInput(JSON.parse(json))
      expect(caught(() => codec.readInput(bytes))).toEqual(
        refusal(/holds the key "(__proto__|constructor\.prototype)", which is refused/),
      )
    }
    const fine = { map: { constructor: 1, toString: 'x', prototype: {} } }
    expect(codec.readInput(codec.writeInput(fine))).toEqual(fine)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  it('a few bytes that stand for very much', async () => {
    const fields = Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`f${i}`, Type.Array(Type.String())]),
    )
    const codec = await codecOf(Type.Object({ list: Type.Array(Type.Object(fields)) }))
    const bytes = new Uint8Array(4 * 2 ** 20)
    for (let i = 0; i < bytes.length; i += 2) bytes[i] = 10
    expect(caught(() => codec.readInput(bytes))).toEqual(
      refusal(/stands for too many values/, 'RESOURCE_EXHAUSTED'),
    )
    expect(codec.readInput(bytes.subarray(0, 2_000))).toMatchObject({ list: { length: 1_000 } })
  })
})

describe('what is written', () => {
  const schema = Type.Object({
    text: Type.Optional(Type.String()),
    list: Type.Optional(Type.Array(Type.Integer())),
    map: Type.Optional(Type.Record(Type.String(), Type.Boolean())),
    color: Type.Optional(color),
    inner: Type.Optional(
      Type.Object({ n: Type.Integer({ proto: 'int32' }), f: Type.Optional(Type.Number({ proto: 'float' })) }),
    ),
    bytes: Type.Optional(t.Bytes()),
    any: Type.Optional(Type.Unknown()),
  })

  it.each<[unknown, RegExp]>([
    [1, /^test\.EchoRequest must be an object, not 1$/],
    [[], /^test\.EchoRequest must be an object, not a list$/],
    [{ text: 5 }, /text must be a string, not 5$/],
    [{ text: null }, /text must be a string, not null$/],
    [{ list: 'x' }, /list must be a list, not "x"$/],
    [{ list: [1, '2'] }, /list must be an integer, not "2"$/],
    [{ map: [] }, /map must be an object, not a list$/],
    [{ map: { a: 1 } }, /map must be a boolean, not 1$/],
    [{ color: 'blue' }, /color must be one of "red", "green", not "blue"$/],
    [{ inner: 'x' }, /Inner must be an object, not "x"$/],
    [{ inner: { n: 2 ** 31 } }, /n is 2147483648, which is no int32$/],
    [{ inner: { n: 1, f: 1e300 } }, /f is 1e\+300, which is no float$/],
    [{ bytes: '%' }, /bytes must be base64$/],
    [{ bytes: 1 }, /bytes must be bytes or base64, not 1$/],
    [{ any: 1n }, /any holds 1, which JSON does not have$/],
    [{ any: Number.NaN }, /any holds NaN, which JSON does not have$/],
  ])('a wrong value is refused, case %#', async (value, message) => {
    const codec = await codecOf(schema)
    expect(caught(() => codec.writeInput(value))).toEqual(refusal(message))
    const internal = message.source.replace('EchoRequest', 'EchoResponse')
    expect(caught(() => codec.writeOutput(value))).toEqual(refusal(new RegExp(internal), 'INTERNAL'))
  })

  it('takes base64 for bytes, and drops keys that it does not know', async () => {
    const codec = await codecOf(schema)
    expect(codec.readInput(codec.writeInput({ bytes: 'AAEC', more: 1, text: undefined }))).toEqual({
      bytes: new Uint8Array([0, 1, 2]),
    })
  })

  it('replaces halves of surrogate pairs, which UTF-8 does not have', async () => {
    const codec = await codecOf(schema)
    for (const text of ['a\ud800b', `${'x'.repeat(100)}\udc00`])
      expect(codec.readInput(codec.writeInput({ text }))).toEqual({
        text: text.replace(/\ud800|\udc00/, '\uFFFD'),
      })
  })

  it('leaves room before it', async () => {
    const codec = await codecOf(schema)
    const plain = codec.writeInput({ text: 'abc' })
    const roomy = codec.writeInput({ text: 'abc' }, 5)
    expect(roomy.subarray(5)).toEqual(plain)
    expect([...roomy.subarray(0, 5)]).toEqual([0, 0, 0, 0, 0])
  })

  it('is not written over by what is written next, nor does what was read change with its bytes', async () => {
    const codec = await codecOf(schema)
    const first = codec.writeInput({ text: 'first' })
    const kept = Buffer.from(first)
    for (let i = 0; i < 100; i++) codec.writeInput({ text: `other ${i}` })
    expect(Buffer.from(first)).toEqual(kept)
    const bytes = Buffer.from(codec.writeInput({ bytes: new Uint8Array([1, 2, 3]) }))
    const read = codec.readInput(bytes)
    bytes.fill(0)
    expect(read).toEqual({ bytes: new Uint8Array([1, 2, 3]) })
  })
})

describe('names', () => {
  const codecsOf = async (
    service: string,
    methods: ReturnType<typeof defineService>,
  ): Promise<readonly ProtoCodec[]> => {
    const { methods: codecs } = await protoCodecs(
      Object.entries(methods).map(([name, method]) => sourceOf(service, name, method)),
    )
    return codecs
  }

  it("are the Python package's unless told otherwise", async () => {
    const service = defineService({ get_user: rpc.unary(Empty, Empty) })
    expect((await codecsOf('userAccounts', service))[0]!.path).toBe(
      '/userAccounts.UseraccountsService/get_user',
    )
  })

  it('can be those of an existing .proto', async () => {
    const service = defineService(
      { get_user: rpc.unary(Empty, Empty, { proto: { name: 'GetUser' } }), other: rpc.unary(Empty, Empty) },
      { proto: { package: 'acme.users.v1', service: 'UserService' } },
    )
    const codecs = await codecsOf('users', service)
    expect(codecs.map(({ path }) => path)).toEqual([
      '/acme.users.v1.UserService/GetUser',
      '/acme.users.v1.UserService/other',
    ])
    expect(codecs[0]).toMatchObject({ service: 'users', method: 'get_user' })
  })

  it('stay with the methods when they are implemented, and when services are joined', async () => {
    const contract = defineService({ a: rpc.unary(Empty, Empty) }, { proto: { package: 'p' } })
    const implemented = rpc.implement(contract, { a: () => ({}) })
    expect((await codecsOf('s', { ...implemented }))[0]!.path).toBe('/p.SService/a')
  })

  it.each([{ package: 'a b' }, { service: '' }, { service: '1' }, { package: 'a..b' }])(
    '%j is refused',
    async (proto) => {
      const service = defineService({ a: rpc.unary(Empty, Empty) }, { proto })
      await expect(codecsOf('s', service)).rejects.toThrow(/^s\.a: ".*" is no name in protobuf/)
    },
  )

  it('need no package, as a .proto needs none', async () => {
    const service = defineService({ a: rpc.unary(Empty, Empty) }, { proto: { package: '' } })
    expect((await codecsOf('s', service))[0]!.path).toBe('/SService/a')
  })

  it('may not be given twice', async () => {
    const service = defineService({
      a: rpc.unary(Empty, Empty),
      b: rpc.unary(Empty, Empty, { proto: { name: 'a' } }),
    })
    await expect(codecsOf('s', service)).rejects.toThrow(/^s\.b: s\.SService has a method a already/)
  })

  it('from the wire find only what is there', async () => {
    const codecs = await protoCodecs([sourceOf('s', 'a', rpc.unary(Empty, Empty))])
    expect(codecs.find('s', 'a')).toBe(codecs.findPath('/s.SService/a'))
    for (const name of ['constructor', '__proto__', 'toString']) {
      expect(codecs.find('s', name)).toBeUndefined()
      expect(codecs.findPath(name)).toBeUndefined()
    }
  })
})
