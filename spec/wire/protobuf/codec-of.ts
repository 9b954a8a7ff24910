import type { TSchema } from '@sinclair/typebox'
import { rpc } from '../../../lib/core/builder.ts'
import type { Method } from '../../../lib/core/method.ts'
import { protoCodecs, type ProtoCodec, type ProtoOptions } from '../../../lib/wire/protobuf/codecs.ts'
import { mapMethods, type ProtoSource } from '../../../lib/wire/protobuf/map-methods.ts'
import { resolveNumbers, type ProtoLock } from '../../../lib/wire/protobuf/numbers.ts'
import { protoText } from '../../../lib/generate/proto/text.ts'

/** A method `test.echo` of a schema, both ways. */
export function echoOf(schema: TSchema): ProtoSource {
  return sourceOf('test', 'echo', rpc.unary(schema as never, schema as never))
}

/** A method under its names. */
export function sourceOf(service: string, name: string, method: Method): ProtoSource {
  const { kind, input, output, options } = method
  return { service, name, kind, input, output, options }
}

/** The codec of `test.echo`. */
export async function codecOf(schema: TSchema, options?: ProtoOptions): Promise<ProtoCodec> {
  const { methods } = await protoCodecs([echoOf(schema)], options)
  return methods[0]!
}

/** What a value is once it has travelled. */
export async function travel(schema: TSchema, value: unknown): Promise<unknown> {
  const codec = await codecOf(schema)
  return codec.readInput(codec.writeInput(value))
}

/** The lines of the input's message in the .proto, without indentation and comments. */
export function fieldsOf(schema: TSchema, lock?: ProtoLock): readonly string[] {
  const { model } = resolveNumbers(mapMethods([echoOf(schema)]), lock)
  const lines = protoText(model.files[0]!).split('\n')
  const from = lines.findIndex((line) => line.startsWith('message'))
  const message = lines[from]!.endsWith('{}') ? [] : lines.slice(from + 1, lines.indexOf('}', from))
  return message.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('//'))
}
