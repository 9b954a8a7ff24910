import fc from 'fast-check'
import descriptor from 'protobufjs/ext/descriptor.js'
import { describe, expect, it } from 'vitest'
import { indexFiles } from '../../../lib/transports/grpc/reflection/file-index.ts'
import { protoCodecs } from '../../../lib/wire/protobuf/codecs.ts'
import { echoOf } from '../../wire/protobuf/codec-of.ts'
import { messages } from '../../wire/protobuf/random-schema.ts'
import { readFileDescriptor } from './reflection-clients.ts'

type File = descriptor.IFileDescriptorProto

/** A file as it stands in {@link indexFiles}, written by protobufjs. */
function fileOf(name: string, file: File) {
  return { name, bytes: Buffer.from(descriptor.FileDescriptorProto.encode({ name, ...file }).finish()) }
}

describe('an index of files', () => {
  const inner = {
    name: 'Inner',
    enumType: [{ name: 'Kind', value: [{ name: 'ZERO', number: 0 }] }],
    field: [{ name: 'deep', number: 1 }],
  }
  const outer = {
    name: 'Outer',
    field: [{ name: 'a', number: 1 }],
    nestedType: [inner],
    oneofDecl: [{ name: 'choice' }],
  }
  const a = fileOf('a.proto', {
    package: 'pkg.v1',
    dependency: ['b.proto', 'missing.proto'],
    messageType: [outer],
    enumType: [{ name: 'Colour', value: [{ name: 'RED', number: 0 }] }],
    service: [{ name: 'Zoo', method: [{ name: 'Visit' }] }, { name: 'Ant' }],
  })
  const b = fileOf('b.proto', { package: 'b', dependency: ['c.proto'] })
  const c = fileOf('c.proto', { dependency: ['a.proto', 'c.proto'], messageType: [{ name: 'Bare' }] })
  const index = indexFiles([a, b, c])
  const everything = [a.bytes, b.bytes, c.bytes]

  it('finds a file by its name, with all that it imports behind it, each once', () => {
    expect(index.fileNamed('a.proto')).toEqual(everything)
    expect(index.fileNamed('b.proto')).toEqual([b.bytes, c.bytes, a.bytes])
    const nobody = ['', 'a', 'missing.proto', 'constructor', '__proto__']
    expect(nobody.filter((name) => index.fileNamed(name))).toEqual([])
  })

  it.each([
    'pkg.v1.Outer',
    'pkg.v1.Outer.a',
    'pkg.v1.Outer.choice',
    'pkg.v1.Outer.Inner',
    'pkg.v1.Outer.Inner.deep',
    'pkg.v1.Outer.Inner.Kind',
    'pkg.v1.Outer.Inner.ZERO',
    'pkg.v1.Colour',
    'pkg.v1.RED',
    'pkg.v1.Zoo',
    'pkg.v1.Zoo.Visit',
    'pkg.v1.Ant',
  ])('finds the file of %s', (symbol) => {
    expect(index.fileOf(symbol)).toEqual(everything)
  })

  it('finds what has no package', () => {
    expect(index.fileOf('Bare')).toEqual([c.bytes, a.bytes, b.bytes])
  })

  it.each([
    '',
    '.',
    '.pkg.v1.Outer',
    'pkg',
    'pkg.v1',
    'Outer',
    'pkg.v1.Outer.',
    'pkg.v1.Colour.RED',
    'pkg.v1.Outer.Inner.Kind.ZERO',
    'toString',
    '__proto__',
  ])('finds no file of %j', (symbol) => {
    expect(index.fileOf(symbol)).toBeUndefined()
  })

  it('lists services in order, and knows messages from the rest', () => {
    expect(index.services).toEqual(['pkg.v1.Ant', 'pkg.v1.Zoo'])
    expect(
      ['pkg.v1.Outer', 'pkg.v1.Outer.Inner', 'Bare', 'pkg.v1.Zoo', 'pkg.v1.Colour', 'pkg.v1.Outer.a'].map(
        index.hasMessage,
      ),
    ).toEqual([true, true, true, false, false, false])
  })

  it('of bytes that are no file is a RangeError, if anything', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          indexFiles([{ name: 'x', bytes }])
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })

  it('of any schema finds all that protobufjs reads in its files', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(messages, async ({ schema }) => {
        const { files } = await protoCodecs([echoOf(schema)])
        const all = indexFiles(files)
        const decoded = files.map((file) => ({
          ...file,
          parts: readFileDescriptor(file.bytes),
        }))
        const symbols = decoded.flatMap(({ parts, bytes }) =>
          [...symbolsOf(parts)].map((symbol) => [symbol, bytes] as const),
        )
        const known = new Set(symbols.map(([symbol]) => symbol))
        expect(symbols.filter(([symbol, bytes]) => all.fileOf(symbol)?.[0] !== bytes)).toEqual([])
        const others = symbols
          .flatMap(([symbol]) => [`${symbol}x`, symbol.slice(1), symbol.slice(0, -1)])
          .filter((other) => !known.has(other))
        expect(others.filter((other) => all.fileOf(other))).toEqual([])
        for (const { name, parts } of decoded) {
          const names = all.fileNamed(name)!.map((bytes) => readFileDescriptor(bytes).name)
          expect(names[0]).toBe(name)
          expect(names).toEqual(expect.arrayContaining(parts.dependency ?? []))
        }
        expect(all.services).toEqual(['test.TestService'])
      }),
      { numRuns: 100 },
    )
  })
})

/** What a file declares, by its full names. */
function* symbolsOf({ package: scope = '', messageType, enumType, service }: File): Generator<string> {
  for (const one of service ?? []) {
    yield `${scope}.${one.name}`
    for (const method of one.method ?? []) yield `${scope}.${one.name}.${method.name}`
  }
  yield* typesOf(scope, messageType, enumType)
}

function* typesOf(
  scope: string,
  types: readonly descriptor.IDescriptorProto[] = [],
  enums: readonly descriptor.IEnumDescriptorProto[] = [],
): Generator<string> {
  for (const one of enums) {
    yield `${scope}.${one.name}`
    for (const value of one.value ?? []) yield `${scope}.${value.name}`
  }
  for (const { name, field, oneofDecl, nestedType, enumType } of types) {
    const full = `${scope}.${name}`
    yield full
    for (const part of [...(field ?? []), ...(oneofDecl ?? [])]) yield `${full}.${part.name}`
    yield* typesOf(full, nestedType ?? [], enumType ?? [])
  }
}
