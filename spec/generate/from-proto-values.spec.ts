import fc from 'fast-check'
import type pb from 'protobufjs'
import { fromProto } from 'microapi-ts/generate'
import { expect, it } from 'vitest'
import type { Method } from '../../lib/core/method.ts'
import { protoCodecs } from '../../lib/wire/protobuf/codecs.ts'
import { sourceOf } from '../wire/protobuf/codec-of.ts'
import { servicesOf } from './contract-module.ts'
import { samples } from './samples.ts'
import { rootOf, valuesOf } from './values.ts'

const fail = ({ pointer, message }: { pointer: string; message: string }): Error =>
  new Error(`${pointer} ${message}`)

it.each(Object.entries(samples))(
  '%s: what others write is read, passes the check, and is written as they would',
  { timeout: 120_000 },
  async (_, files) => {
    const root = rootOf(files)
    for (const [service, methods] of Object.entries(await servicesOf(await fromProto(files)))) {
      const all = Object.entries<Method>(methods)
      const codecs = await protoCodecs(all.map(([name, method]) => sourceOf(service, name, method)))
      for (const [i, [, method]] of all.entries()) {
        const codec = codecs.methods[i]!
        const [, owner = '', name = ''] = codec.path.split('/')
        const { requestType, responseType, parent } = root.lookupService(owner).methods[name]!
        const input = parent!.lookupType(requestType)
        const output = parent!.lookupType(responseType)
        await fc.assert(
          fc.asyncProperty(valuesOf(input), valuesOf(output), async (given, answer) => {
            const bytes = input.encode(input.fromObject(given)).finish()
            const taken = method.compiled.input.take(codec.readInput(bytes), fail)
            const again = codec.writeInput(method.compiled.input.give(taken, fail))
            expect(plain(input, again)).toEqual(plain(input, bytes))
            const reply = output.encode(output.fromObject(answer)).finish()
            const theirs = method.compiled.output.take(codec.readOutput(reply), fail)
            const ours = codec.writeOutput(method.compiled.output.give(theirs, fail))
            expect(plain(output, ours)).toEqual(plain(output, reply))
          }),
          { numRuns: 60 },
        )
      }
    }
  },
)

function plain(type: pb.Type, bytes: Uint8Array): unknown {
  return type.toObject(type.decode(bytes), { longs: String, enums: String, bytes: String })
}
