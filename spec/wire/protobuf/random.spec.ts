import fc from 'fast-check'
import pb from 'protobufjs'
import { expect, it } from 'vitest'
import { protoText } from '../../../lib/generate/proto/text.ts'
import { protoCodecs } from '../../../lib/wire/protobuf/codecs.ts'
import { echoOf } from './codec-of.ts'
import { messages } from './random-schema.ts'

const samples = messages.chain(({ schema, value }) =>
  fc.record({ schema: fc.constant(schema), values: fc.array(value, { minLength: 1, maxLength: 4 }) }),
)

it('whatever the schema, what is read is what was written', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(samples, async ({ schema, values }) => {
      const { methods } = await protoCodecs([echoOf(schema)])
      for (const value of values) {
        const before = structuredClone(value)
        const bytes = methods[0]!.writeInput(value)
        expect(methods[0]!.readInput(bytes)).toEqual(value)
        expect(value, 'what was handed in is not changed').toEqual(before)
      }
    }),
    { numRuns: 400 },
  )
})

it(
  'protobufjs, made from our .proto, reads what we write, and writes it so that we read the same',
  { timeout: 60_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(samples, async ({ schema, values }) => {
        const { methods, model } = await protoCodecs([echoOf(schema)])
        const [file] = model.files
        const { root } = pb.parse(protoText(file!), { keepCase: true })
        for (const name of ['any', 'duration', 'empty', 'struct', 'timestamp', 'wrappers'])
          root.addJSON(pb.common.get(`google/protobuf/${name}.proto`)!.nested!)
        const type = root.lookupType('test.EchoRequest')
        for (const value of values) {
          const [codec] = methods
          const theirs = type.encode(type.decode(codec!.writeInput(value))).finish()
          expect(codec!.readInput(theirs)).toEqual(value)
        }
      }),
      { numRuns: 200 },
    )
  },
)
